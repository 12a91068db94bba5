-- Why: at a desk of a service centre hangs a plate with an SBP link that never changes. Staff put a sum of one
-- account on it for some minutes; whoever scans it pays that payment and no other. A plate bears one unpaid sum
-- at a time: its row is locked while the next is put on.
CREATE TABLE kabinet.service_plates (
  plate_id uuid NOT NULL,
  centre text NOT NULL,
  place text NOT NULL,
  link text NOT NULL,
  provider text NOT NULL,
  provider_link_id text,
  registered_at timestamptz NOT NULL,
  current_account_id uuid,
  current_payment_id uuid,
  current_until timestamptz,
  CONSTRAINT service_plates_pk PRIMARY KEY (plate_id),
  CONSTRAINT service_plates_link_uq UNIQUE (link),
  CONSTRAINT service_plates_current_ck CHECK ((current_account_id IS NULL) = (current_payment_id IS NULL) AND (current_account_id IS NULL) = (current_until IS NULL))
);
GRANT SELECT, INSERT, UPDATE ON kabinet.service_plates TO kabinet_app;
-- Which payment was put on which plate, when and by whom.
CREATE TABLE kabinet.plate_activations (
  account_id uuid NOT NULL,
  payment_id uuid NOT NULL,
  plate_id uuid NOT NULL,
  at timestamptz NOT NULL,
  until timestamptz NOT NULL,
  by_id uuid NOT NULL,
  by_name text NOT NULL,
  CONSTRAINT plate_activations_pk PRIMARY KEY (account_id, payment_id)
);
SELECT kabinet.shard_table('kabinet.plate_activations', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.plate_activations ADD CONSTRAINT plate_activations_payment_fk FOREIGN KEY (account_id, payment_id) REFERENCES kabinet.payments (account_id, payment_id);
CREATE TRIGGER plate_activations_append_only BEFORE UPDATE OR DELETE ON kabinet.plate_activations FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
GRANT SELECT, INSERT ON kabinet.plate_activations TO kabinet_app;
