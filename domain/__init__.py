"""What the business means. Imports the standard library and msgspec, nothing else.

Glossary, Russian term -> name in code:

лицевой счёт (л/с) -> account number, `number`        единый лицевой счёт (ЕЛС) -> unified account
счёт у поставщика -> supplier account                 ИЖКУ -> gis_service_id (13 characters)
поставщик ЖКУ, РСО -> supplier                        договор энергоснабжения -> contract
расчётный период -> period ("2026-10")                начисление -> charge; перерасчёт -> recalculation
задолженность -> debt; переплата, аванс -> overpayment, advance; пени -> penalty
разнесение платежа -> allocation                      проводка -> posting, its lines are transfers
платёжный документ, квитанция -> bill                 дата платежа -> value date; дата проводки -> posted_at
невыясненный платёж -> suspense                       платёжное поручение -> payment order
СБП, НСПК -> sbp, nspk                                показания -> reading; прибор учёта -> meter
"""
