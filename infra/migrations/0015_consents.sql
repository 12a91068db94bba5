-- Why: a consent is a document of its own (152-FZ, since 01.09.2025), one per purpose, and must be proved
-- later: which text, when, from where, until when. What one has, one may take away or have erased; how
-- long the rest is kept is data. The first documents are samples: publish the company's own before work.
CREATE TABLE kabinet.documents (
  document_id uuid NOT NULL,
  purpose text NOT NULL,
  version int NOT NULL,
  valid_from date NOT NULL,
  title text NOT NULL,
  text text NOT NULL,
  sha256 bytea NOT NULL,
  CONSTRAINT documents_pk PRIMARY KEY (document_id),
  CONSTRAINT documents_version_uq UNIQUE (purpose, version),
  CONSTRAINT documents_sha256_ck CHECK (sha256 = sha256(convert_to(text, 'UTF8')))
);
SELECT kabinet.shard_table('kabinet.documents', NULL);
CREATE TABLE kabinet.user_consents (
  user_id uuid NOT NULL,
  consent_id uuid NOT NULL,
  document_id uuid NOT NULL,
  sha256 bytea NOT NULL,
  given_at timestamptz NOT NULL,
  channel text NOT NULL,
  ip text NOT NULL,
  device text NOT NULL,
  withdrawn_at timestamptz,
  CONSTRAINT user_consents_pk PRIMARY KEY (user_id, consent_id),
  CONSTRAINT user_consents_withdrawn_ck CHECK (withdrawn_at >= given_at)
);
SELECT kabinet.shard_table('kabinet.user_consents', 'user_id', 'kabinet.users');
ALTER TABLE kabinet.user_consents ADD CONSTRAINT user_consents_user_fk FOREIGN KEY (user_id) REFERENCES kabinet.users (user_id);
ALTER TABLE kabinet.user_consents ADD CONSTRAINT user_consents_document_fk FOREIGN KEY (document_id) REFERENCES kabinet.documents (document_id);
CREATE UNIQUE INDEX user_consents_standing_uq ON kabinet.user_consents (user_id, document_id) WHERE withdrawn_at IS NULL;
CREATE INDEX user_consents_withdrawn_ix ON kabinet.user_consents (withdrawn_at) WHERE withdrawn_at IS NOT NULL;
-- What was agreed to stays as it was: a consent is only withdrawn, its address and device only emptied
-- (erasure), and it goes only when it was withdrawn before (retention).
CREATE FUNCTION kabinet.consent_kept() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.withdrawn_at IS NOT NULL THEN RETURN OLD; END IF;
  ELSIF (NEW.user_id, NEW.consent_id, NEW.document_id, NEW.sha256, NEW.given_at, NEW.channel)
      = (OLD.user_id, OLD.consent_id, OLD.document_id, OLD.sha256, OLD.given_at, OLD.channel)
    AND (OLD.withdrawn_at IS NULL OR NEW.withdrawn_at = OLD.withdrawn_at)
    AND NEW.ip IN (OLD.ip, '') AND NEW.device IN (OLD.device, '') THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a consent is only withdrawn' USING ERRCODE = '23514';
END $$;
CREATE TRIGGER user_consents_kept BEFORE UPDATE OR DELETE ON kabinet.user_consents FOR EACH ROW EXECUTE FUNCTION kabinet.consent_kept();
-- That somebody's data was erased, and how much of it: no longer whose.
CREATE TABLE kabinet.erasures (
  user_id uuid NOT NULL,
  erased_at timestamptz NOT NULL,
  proof text NOT NULL,
  accounts_left int NOT NULL,
  sessions_ended int NOT NULL,
  consents_withdrawn int NOT NULL,
  CONSTRAINT erasures_pk PRIMARY KEY (user_id)
);
SELECT kabinet.shard_table('kabinet.erasures', 'user_id', 'kabinet.users');
ALTER TABLE kabinet.erasures ADD CONSTRAINT erasures_user_fk FOREIGN KEY (user_id) REFERENCES kabinet.users (user_id);
CREATE INDEX erasures_at_ix ON kabinet.erasures (erased_at);
CREATE INDEX account_views_account_ix ON kabinet.account_views (account_id, at DESC, view_id DESC);
CREATE INDEX account_views_at_ix ON kabinet.account_views (at DESC, view_id DESC);
CREATE INDEX account_views_staff_ix ON kabinet.account_views (staff_id, at DESC, view_id DESC);
CREATE INDEX user_sessions_over_ix ON kabinet.user_sessions (least(ended_at, refresh_expires_at));
GRANT SELECT, INSERT ON kabinet.documents TO kabinet_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON kabinet.user_consents TO kabinet_app;
GRANT SELECT, INSERT, DELETE ON kabinet.erasures TO kabinet_app;
-- Old views are deleted when their term is over; nothing changes one.
GRANT DELETE ON kabinet.account_views TO kabinet_app;
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('people.retention', '2025-01-01', '{"days": {"sessions": 90, "attempts": 30, "views": 1096, "consents": 1096, "erasures": 1096, "payments": 1827, "ledger": 1827}}');
INSERT INTO kabinet.documents (document_id, purpose, version, valid_from, title, text, sha256)
SELECT sample.id::uuid, sample.purpose, 1, date '2025-09-01', sample.title, sample.text, sha256(convert_to(sample.text, 'UTF8'))
FROM (VALUES
  ('01990000-0000-7000-8000-000000000001', 'rules', 'Правила личного кабинета', E'Образец, составлен для демонстрации. Компания «Пример энергосбыт» вымышлена.\n\n1. Личный кабинет показывает начисления, показания и платежи по вашим лицевым счетам и принимает оплату.\n2. Вход по номеру телефона с паролем или кодом признаётся вашей простой электронной подписью. Храните пароль и коды в тайне; о потере сообщите нам сразу.\n3. Действия, совершённые после входа, считаются вашими, пока вы не сообщили о потере.\n4. Вы можете перестать пользоваться кабинетом в любой день: договор энергоснабжения от этого не прекращается.'),
  ('01990000-0000-7000-8000-000000000002', 'personal-data', 'Согласие на обработку персональных данных', E'Образец, составлен для демонстрации. Компания «Пример энергосбыт» вымышлена.\n\nЯ разрешаю АО «Пример энергосбыт» обрабатывать мои имя, номер телефона, адрес электронной почты, сведения об устройствах и времени входа с одной целью: вести мой личный кабинет.\n\nДействия: запись, хранение, изменение, использование, удаление, с использованием средств автоматизации и на территории России. Другим лицам данные не передаются.\n\nСогласие действует, пока я не отзову его. Отозвать можно в личном кабинете; данные будут удалены, кроме тех, которые велит хранить закон.'),
  ('01990000-0000-7000-8000-000000000003', 'e-mail-notices', 'Согласие на уведомления по электронной почте', E'Образец, составлен для демонстрации.\n\nЯ прошу присылать мне по электронной почте уведомления о счетах, платежах и заявлениях. Рекламы в этих письмах нет. Согласие можно отозвать в любой день в личном кабинете.'),
  ('01990000-0000-7000-8000-000000000004', 'sms-notices', 'Согласие на уведомления по СМС', E'Образец, составлен для демонстрации.\n\nЯ прошу присылать мне короткие сообщения о счетах, платежах и заявлениях. Рекламы в этих сообщениях нет. Коды для входа приходят и без этого согласия. Согласие можно отозвать в любой день в личном кабинете.'),
  ('01990000-0000-7000-8000-000000000005', 'marketing', 'Согласие на рекламу', E'Образец, составлен для демонстрации.\n\nЯ согласен получать предложения и рекламу АО «Пример энергосбыт» по телефону и электронной почте. Услуги не зависят от этого согласия. Отозвать его можно в любой день в личном кабинете: реклама прекращается немедленно (статья 18 закона «О рекламе»).')
) AS sample (id, purpose, title, text);
