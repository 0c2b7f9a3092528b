using System.Net.Mime;
using ActorStreams;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Observatory;

/// <summary>The web application: a job, a map that follows it, and the dashboard.</summary>
internal static class ObservatoryServer
{
    public static WebApplication Build(string[] args)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
        if (builder.Configuration["urls"] is null)
            builder.WebHost.UseUrls("http://127.0.0.1:5090");
        int rate = builder.Configuration.GetValue("rate", 25);
        builder.Services.AddActorStreams(streams => streams
            .UseSqlite(builder.Configuration["store"] ?? "observatory.db")
            .AddPipeline(_ => new ObservatoryPipeline(rate).Build()));

        WebApplication app = builder.Build();
        app.MapActorStreams("/streams");
        app.MapGet("/", static () => Results.Stream(
            typeof(ObservatoryServer).Assembly.GetManifestResourceStream("map.html")!, MediaTypeNames.Text.Html));
        return app;
    }
}
