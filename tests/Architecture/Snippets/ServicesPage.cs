using ActorStreams.Authoring;
using ActorStreams.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ActorStreams.Architecture.Tests.Snippets;

#region services-pipeline
public sealed record Purchase(string Id, string Customer, decimal Total, DateTimeOffset Time);

public sealed record Payment(string Purchase, decimal Amount, DateTimeOffset Time);

public sealed record PurchaseState(string Id, string Customer, bool IsPaid);

public sealed class ShopPipeline(Ingress<Purchase> purchases, Ingress<Payment> payments) : IPipelineDefinition
{
    public Pipeline Build()
    {
        var pipeline = Pipeline.Create("shop");
        WatermarkStrategy watermarks = Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(5));
        var bought = pipeline.Read("purchases", purchases, ErrorPolicy.Skip).WithEventTime(p => p.Time, watermarks).KeyBy(p => p.Id);
        var paid = pipeline.Read("payments", payments, ErrorPolicy.Skip).WithEventTime(p => p.Time, watermarks).KeyBy(p => p.Purchase);

        bought.IntervalJoin("paid-within-an-hour", paid, Interval.Between(TimeSpan.Zero, TimeSpan.FromHours(1)), JoinType.Left)
              .Map(pair => new PurchaseState(pair.Left!.Id, pair.Left.Customer, pair.HasRight))
              .KeyBy(state => state.Id)
              .ToTable("states")
              .Materialize("purchases-by-id");
        return pipeline;
    }
}
#endregion

/// <summary>The code of docs/services.md, run as a web application.</summary>
public sealed class ServicesPage
{
    [Fact]
    [Trait("Issue", "B8")]
    public void A_purchase_that_is_never_paid_shows_after_an_hour_though_nothing_else_happens()
    {
        var scheduler = new SimulationScheduler(seed: 1);
        var purchases = new Ingress<Purchase>();
        var options = new JobOptions
        {
            Parallelism = 1,
            EpochInterval = TimeSpan.FromSeconds(10)
        }.On(scheduler);
        Job job = scheduler.Run(
            () => Job.StartAsync(new ShopPipeline(purchases, new Ingress<Payment>()).Build(), Store.InMemory(), options));
        scheduler.Run(() => purchases.TellAsync(new Purchase("p1", "ann", 10, scheduler.Clock.GetUtcNow())));

        scheduler.Run(() => Task.Delay(TimeSpan.FromMinutes(59), scheduler.Clock));
        Assert.Null(Find());
        scheduler.Run(() => Task.Delay(TimeSpan.FromMinutes(2), scheduler.Clock));
        Assert.Equal(new PurchaseState("p1", "ann", IsPaid: false), Find());
        scheduler.Run(() => job.DisposeAsync().AsTask());

        PurchaseState? Find() => scheduler.Run(async () => await job.Table<string, PurchaseState>("purchases-by-id").GetAsync("p1"));
    }

    [Fact]
    public async Task A_purchase_is_told_paid_and_asked_for_over_http()
    {
        string folder = Directory.CreateTempSubdirectory("actorstreams-").FullName;
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(
            [new("Shop:File", Path.Combine(folder, "shop.db")), new("Streams:EpochInterval", "00:00:00.010")]);

        #region services-host
        builder.Services.AddSingleton(new Ingress<Purchase>()).AddSingleton(new Ingress<Payment>());
        builder.Services.AddActorStreams(streams => streams
            .UseSqlite(builder.Configuration["Shop:File"]!)
            .UseConfiguration(builder.Configuration.GetSection("Streams"))        // { "EpochInterval": "00:00:00.250", "Parallelism": 4 }
            .AddPipeline<ShopPipeline>());
        builder.Services.AddHealthChecks().AddActorStreams();

        WebApplication app = builder.Build();
        app.MapHealthChecks("/health");
        // answers once it is durable
        app.MapPost("/purchases", (Purchase purchase, Ingress<Purchase> ingress) => ingress.TellAsync(purchase));
        app.MapPost("/payments", (Payment payment, Ingress<Payment> ingress) => ingress.TellAsync(payment));
        app.MapGet("/purchases/{id}", async (string id, RunningJobs jobs) =>
            await jobs["shop"].Table<string, PurchaseState>("purchases-by-id").GetAsync(id) is { } state ? Results.Ok(state)
                : Results.NotFound());
        #endregion

        await app.StartAsync();
        using (var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) })
        {
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            (await http.PostAsync("/purchases",
                Json($$"""{"id":"1","customer":"ann","total":10,"time":"{{now:O}}"}"""))).EnsureSuccessStatusCode();
            (await http.PostAsync("/payments", Json($$"""{"purchase":"1","amount":10,"time":"{{now:O}}"}"""))).EnsureSuccessStatusCode();
            string state = "";
            for (int i = 0; i < 200 && !state.Contains("true", StringComparison.Ordinal); i++)
            {
                using HttpResponseMessage answer = await http.GetAsync("/purchases/1");
                state = await answer.Content.ReadAsStringAsync();
                await Task.Delay(10);
            }

            Assert.Equal("""{"id":"1","customer":"ann","isPaid":true}""", state);
            Assert.Equal("Healthy", await http.GetStringAsync("/health"));
        }

        await app.StopAsync();
        await app.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");
}
