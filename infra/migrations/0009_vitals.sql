-- Why: the figures for monitoring look at the payments of the last day. They lie together at the end
-- of the table, so the smallest kind of index finds them and costs a payment next to nothing. The
-- application answers whether its schema is up to date, so it may read which migrations ran.
CREATE INDEX payments_day_ix ON kabinet.payments USING brin (created_at);
GRANT SELECT ON kabinet.migrations TO kabinet_app;
