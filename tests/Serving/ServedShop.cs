using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ActorStreams.Serving.Tests;

/// <summary>A real web server on loopback with a job: sales are told, revenue by region is a view.</summary>
internal sealed class ServedShop : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ServedShop(WebApplication app, Ingress<Sale> sales)
    {
        (_app, Sales) = (app, sales);
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Client = new HttpClient { BaseAddress = new Uri(Address, "/streams/") };
    }

    /// <summary>A row of the source <c>sales</c>.</summary>
    public sealed record Sale(string Region, decimal Amount);

    public Ingress<Sale> Sales { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public IJob Job => _app.Services.GetRequiredService<RunningJobs>()["shop"];

    public static async Task<ServedShop> StartAsync(ServingOptions? options = null, Store? store = null, int port = 0, int retain = 1_000,
        Action<IServiceCollection>? services = null)
    {
        var sales = new Ingress<Sale>();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddActorStreams(streams => streams.UseStore(_ => store ?? Store.InMemory())
            .AddPipeline(_ => PipelineOf(sales), job => job with { RetainEpochs = retain }));
        services?.Invoke(builder.Services);
        WebApplication app = builder.Build();
        app.MapActorStreams("/streams", options);
        await app.StartAsync();
        return new ServedShop(app, sales);
    }

    public async Task SellAsync(params (string Region, decimal Amount)[] sales) =>
        await Sales.TellNowAsync([.. sales.Select(static sale => new Sale(sale.Region, sale.Amount))]);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    private static Pipeline PipelineOf(Ingress<Sale> sales)
    {
        var pipeline = Pipeline.Create("shop");
        KeyedStream<string, Sale> byRegion = pipeline.Read("sales", sales).KeyBy(static sale => sale.Region);
        byRegion.Aggregate("revenue", static a => a.Count().Sum(static sale => sale.Amount)
                .Into(static (count, sum) => new Revenue(count, sum)))
            .Materialize("revenue-by-region");
        byRegion.EventSourced<Till, Taken>("tills",
                decide: static (_, sale) => sale.Amount > 0 ? [new Taken(sale.Amount)] : [],
                apply: static (till, taken) => new Till(till.Sum + taken.Amount), initial: static () => new Till(0))
            .Write("taken", Sinks.ForEach<Taken>(static _ => { }));
        return pipeline;
    }

    /// <summary>An entity of the operator <c>tills</c>: what a region has taken.</summary>
    public sealed record Till(decimal Sum);

    /// <summary>A till has taken money.</summary>
    public sealed record Taken(decimal Amount);

    /// <summary>A row of the view <c>revenue-by-region</c>.</summary>
    public sealed record Revenue(long Count, decimal Total);
}
