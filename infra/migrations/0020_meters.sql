-- Why: a meter hangs on an account from one day to another and has a register per tariff zone and
-- direction. A replacement leaves the old one where it was, with its closing values. Which zones there
-- are, how people call them and at which hours they run is data: a region may order other hours.
CREATE TABLE kabinet.tariff_zones (
  zone_code text NOT NULL,
  label text NOT NULL,
  hours text NOT NULL,
  synonyms text[] NOT NULL,
  place smallint NOT NULL,
  CONSTRAINT tariff_zones_pk PRIMARY KEY (zone_code)
);
SELECT kabinet.shard_table('kabinet.tariff_zones', NULL);
INSERT INTO kabinet.tariff_zones (zone_code, label, hours, synonyms, place) VALUES
  ('single', 'Круглосуточно', '00–24', '{single,сутки,круглосуточно,круглосуточная,круглосуточный,одна зона,однозонный,без зон,0}', 1),
  ('day', 'День', '07–23', '{day,день,дневная,дневной,д,т1 день,t1 день}', 2),
  ('night', 'Ночь', '23–07', '{night,ночь,ночная,ночной,н,т2 ночь,t2 ночь}', 3),
  ('peak', 'Пик', '07–10, 17–21', '{peak,пик,пиковая,пиковый,п,т1 пик,t1 пик}', 4),
  ('half_peak', 'Полупик', '10–17, 21–23', '{half_peak,half-peak,полупик,полупиковая,полупиковый,пп,т3 полупик,t3 полупик}', 5),
  ('total', 'Сумма', '00–24', '{total,сумма,итого,всего,σ,контроль,общий}', 6);
-- Where a contract takes energy.
CREATE TABLE kabinet.delivery_points (
  account_id uuid NOT NULL,
  delivery_point_id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  address text NOT NULL,
  CONSTRAINT delivery_points_pk PRIMARY KEY (account_id, delivery_point_id),
  CONSTRAINT delivery_points_code_uq UNIQUE (account_id, code)
);
SELECT kabinet.shard_table('kabinet.delivery_points', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.delivery_points ADD CONSTRAINT delivery_points_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
-- tariff_region and tariff_group say by which residential prices it is counted; null: by none.
CREATE TABLE kabinet.meters (
  account_id uuid NOT NULL,
  meter_id uuid NOT NULL,
  supplier_account_id uuid NOT NULL,
  delivery_point_id uuid,
  service_code text NOT NULL,
  unit text NOT NULL,
  serial text NOT NULL,
  model text NOT NULL,
  digit_count smallint NOT NULL,
  fraction_digit_count smallint NOT NULL,
  transformation_ratio numeric(14, 4) NOT NULL,
  max_power_kw numeric(14, 3),
  is_automatic boolean NOT NULL,
  verified_until date,
  installed_on date NOT NULL,
  removed_on date,
  replaces uuid,
  place text NOT NULL,
  tariff_region text,
  tariff_group text,
  CONSTRAINT meters_pk PRIMARY KEY (account_id, meter_id),
  CONSTRAINT meters_installed_uq UNIQUE (account_id, supplier_account_id, service_code, serial, model, installed_on),
  CONSTRAINT meters_digits_ck CHECK (digit_count BETWEEN 1 AND 12 AND fraction_digit_count BETWEEN 0 AND 6),
  CONSTRAINT meters_ratio_ck CHECK (transformation_ratio > 0),
  CONSTRAINT meters_removed_ck CHECK (removed_on >= installed_on)
);
SELECT kabinet.shard_table('kabinet.meters', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.meters ADD CONSTRAINT meters_supplier_account_fk FOREIGN KEY (account_id, supplier_account_id) REFERENCES kabinet.supplier_accounts (account_id, supplier_account_id);
ALTER TABLE kabinet.meters ADD CONSTRAINT meters_delivery_point_fk FOREIGN KEY (account_id, delivery_point_id) REFERENCES kabinet.delivery_points (account_id, delivery_point_id);
ALTER TABLE kabinet.meters ADD CONSTRAINT meters_replaces_fk FOREIGN KEY (account_id, replaces) REFERENCES kabinet.meters (account_id, meter_id);
ALTER TABLE kabinet.meters ADD CONSTRAINT meters_service_fk FOREIGN KEY (service_code) REFERENCES kabinet.services (service_code);
-- billed_value is the last one that billing has told us of, as of billed_on.
CREATE TABLE kabinet.meter_registers (
  account_id uuid NOT NULL,
  meter_id uuid NOT NULL,
  zone text NOT NULL,
  direction text NOT NULL,
  label text NOT NULL,
  opening_value numeric(20, 6),
  closing_value numeric(20, 6),
  billed_value numeric(20, 6),
  billed_on date,
  CONSTRAINT meter_registers_pk PRIMARY KEY (account_id, meter_id, zone, direction),
  CONSTRAINT meter_registers_direction_ck CHECK (direction IN ('A+', 'A-', 'R+', 'R-')),
  CONSTRAINT meter_registers_billed_ck CHECK ((billed_value IS NULL) = (billed_on IS NULL))
);
SELECT kabinet.shard_table('kabinet.meter_registers', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.meter_registers ADD CONSTRAINT meter_registers_meter_fk FOREIGN KEY (account_id, meter_id) REFERENCES kabinet.meters (account_id, meter_id);
ALTER TABLE kabinet.meter_registers ADD CONSTRAINT meter_registers_zone_fk FOREIGN KEY (zone) REFERENCES kabinet.tariff_zones (zone_code);
-- A seal that is taken off stays, with the day.
CREATE TABLE kabinet.seals (
  account_id uuid NOT NULL,
  meter_id uuid NOT NULL,
  number text NOT NULL,
  place text NOT NULL,
  set_on date,
  removed_on date,
  CONSTRAINT seals_pk PRIMARY KEY (account_id, meter_id, number)
);
SELECT kabinet.shard_table('kabinet.seals', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.seals ADD CONSTRAINT seals_meter_fk FOREIGN KEY (account_id, meter_id) REFERENCES kabinet.meters (account_id, meter_id);
-- Where a meter with this number hangs or hung. One meter hangs in one place; whose model nobody told
-- cannot be known to be the same.
CREATE TABLE kabinet.meter_serials (
  serial text NOT NULL,
  meter_id uuid NOT NULL,
  model text NOT NULL,
  service_code text NOT NULL,
  account_id uuid NOT NULL,
  removed_on date,
  CONSTRAINT meter_serials_pk PRIMARY KEY (serial, meter_id)
);
SELECT kabinet.shard_table('kabinet.meter_serials', 'serial', 'kabinet.account_numbers');
CREATE UNIQUE INDEX meter_serials_hanging_uq ON kabinet.meter_serials (serial, model, service_code) WHERE removed_on IS NULL AND model <> '';
GRANT SELECT, INSERT, UPDATE ON kabinet.tariff_zones, kabinet.delivery_points, kabinet.meters, kabinet.meter_registers, kabinet.seals, kabinet.meter_serials TO kabinet_app;
