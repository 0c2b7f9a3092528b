using ShopService;

// dotnet run -c Release --project examples/ShopService -- --urls http://127.0.0.1:5080
// curl -d '{"id":"1","customer":"ann","cents":6000}' -H 'content-type: application/json' http://127.0.0.1:5080/orders
// curl -d '{"id":"2","customer":"ann","cents":6000}' -H 'content-type: application/json' http://127.0.0.1:5080/payments
// curl http://127.0.0.1:5080/accounts/ann
// curl http://127.0.0.1:5080/streams/jobs/shop/views/owed-by-customer
//
// On three nodes, each with a port of its own (5082 and 4054, 5083 and 4055 for the others), and a database that all reach:
// … -- --urls http://127.0.0.1:5081 --Shop:Port 4053 --Shop:Seeds 127.0.0.1:4053 --Shop:PostgreSql "Host=127.0.0.1;Username=postgres"
await ShopServer.Build(args).RunAsync();
