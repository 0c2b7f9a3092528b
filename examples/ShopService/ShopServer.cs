using ActorStreams;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ShopService;

/// <summary>The service: Akka.Hosting has the ActorSystem, the job and the actor; the web asks the actor.</summary>
internal static class ShopServer
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public static WebApplication Build(string[] args)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
        IConfigurationSection shop = builder.Configuration.GetSection("Shop");
        builder.Services.AddSingleton(new Ingress<Payment>());
        builder.Services.AddAkka("shop", akka => akka
            .AddHocon(ShopNode.Settings(shop), HoconAddMode.Prepend)
            .WithActorStreams(streams => (shop["PostgreSql"] is { } connection ? streams.UsePostgreSql(connection)
                    : streams.UseSqlite(shop["File"] ?? "shop.db"))
                .OnCluster()
                .AddPipeline<ShopPipeline>())
            .WithActorStreamsHealthCheck()
            .WithActors((system, registry, resolver) => registry.Register<CreditDesk>(
                system.ActorOf(resolver.Props<CreditDesk>(
                    system.ActorStreams().Jobs[ShopPipeline.Name].Entities(ShopPipeline.Accounts)), "credit-desk"))));
        builder.Services.AddHealthChecks();

        WebApplication app = builder.Build();
        app.MapHealthChecks("/health");
        app.MapActorStreams();
        app.MapPost("/orders", async (Order order, IRequiredActor<CreditDesk> desk) =>
            await (await desk.GetAsync()).Ask<object>(order, s_patience) switch
            {
                CreditDesk.Taken taken => Results.Ok(taken),
                var refused => Results.Conflict(refused),
            });
        app.MapPost("/payments", async (Payment payment, IRequiredActor<CreditDesk> desk) =>
            await (await desk.GetAsync()).Ask<CreditDesk.Paid>(payment, s_patience));
        app.MapGet("/accounts/{customer}", async (string customer, ActorSystem system) =>
            await system.ActorStreams().Jobs[ShopPipeline.Name].Entity(ShopPipeline.Accounts, customer).AskAsync());
        return app;
    }
}
