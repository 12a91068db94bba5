-- Why: the government's decree on days off comes every year; whoever runs the product loads it from a file.
GRANT INSERT, DELETE ON kabinet.calendar_days TO kabinet_app;
