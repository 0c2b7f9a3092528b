using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ActorStreams.Architecture.Tests.Snippets;

public sealed record Page(string User, string Name);

#region akka-clerk
public sealed record Receipt(string Id, long Epoch);

/// <summary>An actor of the shop's: tells the job of purchases, and gives a receipt for each when it is durable.</summary>
public sealed class Clerk : ReceiveActor
{
    public Clerk(Ingress<Purchase> purchases, IJob shop)
    {
        Receive<Purchase>(purchase => purchases.TellAsync(purchase)
            .PipeTo(Sender, Self, () => new Receipt(purchase.Id, shop.Epoch), error => new Status.Failure(error)));
    }
}
#endregion

/// <summary>The code of docs/akka-service.md and docs/configuration.md, run in ActorSystems.</summary>
public sealed partial class AkkaPages : IDisposable
{
    private const string Quiet = "akka { loglevel = OFF, stdout-loglevel = OFF }";

    private readonly string _folder = Directory.CreateTempSubdirectory("actorstreams-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_existing_system_gets_a_pipeline()
    {
        ActorSystem system = ActorSystem.Create("shop", ConfigurationFactory.ParseString(Quiet));
        string file = Path.Combine(_folder, "visits.db");
        IActorRef pager = ActorRefs.Nobody;

        #region akka-listen
        system.EventStream.Subscribe(pager, typeof(JobNotice));               // restarts, a store that takes nothing, what holds the job up
        #endregion

        #region akka-system
        var pages = new Ingress<Page>();
        var pipeline = Pipeline.Create("visits");
        pipeline.Read("pages", pages).KeyBy(page => page.User).ToTable("last-page-by-user").Materialize("last-pages");

        Job job = await system.ActorStreams().StartAsync(pipeline, Store.Sqlite(file));

        await pages.TellAsync(new Page("ann", "home"));                       // from any actor: ends when the row is durable
        await job.CommitAsync();                                              // what was told is in the views
        Page? last = await job.Table<string, Page>("last-pages").GetAsync("ann");
        await system.Terminate();                                            // commits a last epoch first
        #endregion

        Assert.Equal(new Page("ann", "home"), last);
        Assert.True(job.Completion.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_service_with_actors_tells_and_asks_its_job()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection([new("Shop:File", Path.Combine(_folder, "shop.db"))]);

        #region akka-hosting
        builder.Services.AddSingleton(new Ingress<Purchase>()).AddSingleton(new Ingress<Payment>());
        builder.Services.AddAkka("shop", akka => akka
            .AddHocon("actorstreams.job.epoch-interval = 250ms", HoconAddMode.Prepend)
            .WithActorStreams(streams => streams
                .UseSqlite(builder.Configuration["Shop:File"]!)
                .AddPipeline<ShopPipeline>())
            .WithActorStreamsHealthCheck()
            .WithActors((system, registry, resolver) =>
                registry.Register<Clerk>(system.ActorOf(resolver.Props<Clerk>(system.ActorStreams().Jobs["shop"]), "clerk"))));
        builder.Services.AddHealthChecks();

        WebApplication app = builder.Build();
        app.MapHealthChecks("/health");
        app.MapPost("/purchases", async (Purchase purchase, IRequiredActor<Clerk> clerk) =>
            await (await clerk.GetAsync()).Ask<Receipt>(purchase, TimeSpan.FromSeconds(5)));   // answered once it is durable
        app.MapGet("/purchases/{id}", async (string id, ActorSystem system) =>
            await system.ActorStreams().Jobs["shop"].Table<string, PurchaseState>("purchases-by-id").GetAsync(id) is { } state
                ? Results.Ok(state)
                : Results.NotFound());
        #endregion

        await app.StartAsync();
        using (var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) })
        {
            using HttpResponseMessage told = await http.PostAsJsonAsync(
                "/purchases", new Purchase("1", "ann", 10, TimeProvider.System.GetUtcNow()));
            Receipt? receipt = (await told.Content.ReadFromJsonAsync<Receipt>())!;
            Assert.Equal("1", receipt.Id);
            Assert.True(receipt.Epoch >= 1);
            using HttpResponseMessage state = await http.GetAsync("/purchases/1");   // not known before it is paid, or an hour over
            Assert.Equal(StatusCodes.Status404NotFound, (int)state.StatusCode);
            Assert.Equal("Healthy", await http.GetStringAsync("/health"));
        }

        await app.StopAsync();
        await app.DisposeAsync();
    }

    private sealed record Order(string Id, string Customer, long Cents);

    private sealed record Charged(string Id, string Customer, long Cents);

    private readonly record struct Account(long OwedCents, string? Last);

    [Fact]
    public async Task Entities_are_asked_and_given_commands_by_message()
    {
        ActorSystem system = ActorSystem.Create("shop", ConfigurationFactory.ParseString(Quiet));
        var pipeline = Pipeline.Create("shop");
        pipeline.Read("orders", new Ingress<Order>()).KeyBy(order => order.Customer)
            .EventSourced<Account, Charged>("accounts",
                decide: (account, order) => order.Id == account.Last ? [] : [new Charged(order.Id, order.Customer, order.Cents)],
                apply: (account, charged) => new Account(account.OwedCents + charged.Cents, charged.Id))
            .Write("out", Sinks.ForEach<Charged>(_ => { }));
        await using Job job = await system.ActorStreams().StartAsync(pipeline, Store.InMemory());

        #region akka-entities
        IActorRef accounts = job.Entities(new EntityHandle<string, Account>("accounts"));    // or the handle that the operator's stream gives
        TimeSpan patience = TimeSpan.FromSeconds(5);

        // a question: the current state, or the one that is committed
        var now = await accounts.Ask<EntityState<Account>>(new EntityEnvelope("ann", new GetState<Account>()), patience);
        var sure = await accounts.Ask<EntityState<Account>>(new EntityEnvelope("ann", new GetState<Account>(EntityConsistency.Committed)), patience);

        // a command to an event-sourced entity: answered with its events once they are durable
        var done = await accounts.Ask<CommandCommitted<Charged>>(new EntityEnvelope("ann", new Order("1", "ann", 60)), patience);
        bool isTaken = done.Events.Count > 0;                                                // none: it has refused, or knew the order
        #endregion

        Assert.Equal((default, default), (now.Value, sure.Value));
        Assert.Equal((0L, null), (sure.Epoch, now.Epoch));
        Assert.True(isTaken);
        await job.DisposeAsync();
        await system.Terminate();
    }

    [Fact]
    public async Task What_code_says_goes_before_what_is_configured()
    {
        ActorSystem system = ActorSystem.Create("shop", ConfigurationFactory.ParseString($"{Quiet}\nactorstreams.job.batch-rows = 64"));
        var pipeline = Pipeline.Create("none");
        pipeline.Read("numbers", Sources.Of([1])).Write("out", Sinks.ForEach<int>(_ => { }));
        Store store = Store.Volatile;

        #region configuration-code
        await system.ActorStreams().StartAsync(pipeline, store);                                        // as configured
        await system.ActorStreams().StartAsync(pipeline, store, new JobOptions { Parallelism = 2 });    // that one by code, default or not
        JobOptions options = system.ActorStreams().Options with { Parallelism = 2 };                    // the same, to look at

        Store file = Store.Sqlite("shop.db", system.ActorStreams().SqliteOptions);                      // a store knows no system by itself
        #endregion

        Assert.Equal((64, 2), (options.BatchRows, options.Parallelism));
        await file.DisposeAsync();
        await system.Terminate();
    }

    [Fact]
    public async Task A_system_takes_each_configuration_on_the_page()
    {
        string[] shown = [.. Hocon().Matches(Repository.Read("docs", "configuration.md")).Select(match => match.Groups["text"].Value)];
        Assert.Equal(3, shown.Length);
        foreach (string hocon in shown)
        {
            ActorSystem system = ActorSystem.Create("shop", ConfigurationFactory.ParseString($"{hocon}\n{Quiet}"));
            system.ActorStreams();
            await system.Terminate();
        }
    }

    [GeneratedRegex(@"^```hocon\n(?<text>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex Hocon();
}
