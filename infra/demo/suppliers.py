"""The five suppliers of the demo, with requisites that pass every check."""

from typing import NamedTuple

from domain.accounts.requisites import (
    BankDetails,
    account_with_check_digit,
    correspondent_account_with_check_digit,
    inn_with_check_digits,
)

BANK_NAME = "Банк «Заречный» (АО)"
BIC = "047102899"


class DemoService(NamedTuple):
    """A service as it is billed. `tariff_kopecks` is per `unit`; volumes are dealt between `least` and
    `most` thousandths of it, in whole `step`s. `is_steady`: the same each month."""

    code: str
    name: str
    unit: str
    tariff_kopecks: int
    least: int
    most: int
    step: int = 1
    is_steady: bool = False


class DemoNorm(NamedTuple):
    """How much of a service is counted a month where no meter counts; in thousandths of the unit."""

    code: str
    name: str
    volume: int
    per: str


NORMS = {
    "heating": DemoNorm("brick-5", "Кирпичный дом, 5 этажей", 20, "м² жилья"),
    "waste": DemoNorm("apartment", "Многоквартирный дом", 190, "человека"),
}
NORM_SOURCE = "приказ департамента тарифной политики № 137-п"


class DemoSupplier(NamedTuple):
    name: str
    inn: str
    kpp: str
    account: str
    prefix: str
    services: tuple[DemoService, ...]

    @property
    def reckons_penalties_here(self) -> bool:
        """The company itself leaves its penalties to us; the others' come with their charges."""
        return self.prefix == "Э"


def _supplier(number: int, name: str, prefix: str, *services: DemoService) -> DemoSupplier:
    return DemoSupplier(
        name,
        inn_with_check_digits(f"72031{number:04d}"),
        "720301001",
        account_with_check_digit(BIC, f"4070281{number:01d}00000000{number:03d}"),
        prefix,
        services,
    )


SUPPLIERS = (
    _supplier(
        1,
        "АО «Заречная энергосбытовая компания»",
        "Э",
        DemoService("electricity", "Электроснабжение", "кВт·ч", 543, 60_000, 400_000, step=1000),
    ),
    _supplier(
        2,
        "АО «Зареченские тепловые сети»",
        "Т",
        DemoService("heating", "Отопление", "Гкал", 234_567, 400, 2_200),
        DemoService("hot_water", "Горячее водоснабжение", "м³", 21_894, 1_000, 9_000),
    ),
    _supplier(
        3,
        "МУП «Зареченский водоканал»",
        "В",
        DemoService("cold_water", "Холодное водоснабжение", "м³", 4_718, 2_000, 14_000),
        DemoService("sewage", "Водоотведение", "м³", 3_655, 3_000, 20_000),
    ),
    _supplier(
        4,
        "ООО «Чистый край»",
        "О",
        DemoService("waste", "Обращение с ТКО", "м³", 73_379, 190, 950, step=190, is_steady=True),
    ),
    _supplier(
        5,
        "Фонд капитального ремонта «Заречье»",
        "К",
        DemoService(
            "capital_repair",
            "Взнос на капитальный ремонт",
            "м²",
            1_350,
            30_000,
            95_000,
            step=100,
            is_steady=True,
        ),
    ),
)

LETTERHEAD = {
    "company": SUPPLIERS[0].name,
    "contacts": "г. Заречный, ул. Ленина, д. 1 · +7 (3452) 00-00-00 · help@example.test",
}
"""What stands at the head of the company's letters and bills."""
COLLECTION = BankDetails(
    payee_name="ООО «Кабинет-Расчёт»",
    inn=inn_with_check_digits("720310099"),
    kpp="720301001",
    bank_name=BANK_NAME,
    bic=BIC,
    account=account_with_check_digit(BIC, "4082181000000000001"),
    correspondent_account=correspondent_account_with_check_digit(BIC, "3010181000000000899"[:19]),
)
"""The company's account that takes unified payments as agent."""
