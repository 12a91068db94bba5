-- Why: residents pay by region, group (stove, countryside, heating), tariff zone and range of the month's
-- volume. A new order of the regulator replaces all rows of a group from its day on. The range is above
-- from_volume up to and with to_volume; null: it has no end.
CREATE TABLE kabinet.residential_prices (
  supplier_id uuid NOT NULL,
  service_code text NOT NULL,
  region text NOT NULL,
  group_code text NOT NULL,
  valid_from date NOT NULL,
  zone text NOT NULL,
  range_no smallint NOT NULL,
  group_name text NOT NULL,
  from_volume numeric(14, 3) NOT NULL,
  to_volume numeric(14, 3),
  price_roubles numeric(14, 6) NOT NULL,
  CONSTRAINT residential_prices_pk PRIMARY KEY (supplier_id, service_code, region, group_code, valid_from, zone, range_no),
  CONSTRAINT residential_prices_range_ck CHECK (from_volume >= 0 AND to_volume > from_volume)
);
SELECT kabinet.shard_table('kabinet.residential_prices', NULL);
ALTER TABLE kabinet.residential_prices ADD CONSTRAINT residential_prices_supplier_fk FOREIGN KEY (supplier_id) REFERENCES kabinet.suppliers (supplier_id);
ALTER TABLE kabinet.residential_prices ADD CONSTRAINT residential_prices_zone_fk FOREIGN KEY (zone) REFERENCES kabinet.tariff_zones (zone_code);
GRANT SELECT, INSERT, UPDATE ON kabinet.residential_prices TO kabinet_app;
