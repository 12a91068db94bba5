-- Why: up to a sum one person decides a case alone; above it a second one agrees. The sum is data.
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('cases.decisions', '2025-01-01', '{"alone_up_to": {"kopecks": 300000}}');
