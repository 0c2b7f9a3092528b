using Observatory;

// dotnet run -c Release --project examples/Observatory
// The map: http://127.0.0.1:5090, the dashboard: http://127.0.0.1:5090/streams
// curl -N http://127.0.0.1:5090/streams/jobs/observatory/views/by-network/changes
await ObservatoryServer.Build(args).RunAsync();
