using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorStreams.Architecture.Tests.Snippets;

/// <summary>The code of docs/serving.md.</summary>
public sealed class ServingPage
{
    [Fact]
    public async Task One_line_serves_the_jobs_of_a_host()
    {
        var sales = new Ingress<(string Region, decimal Amount)>();
        var pipeline = Pipeline.Create("shop");
        pipeline.Read("sales", sales).KeyBy(static sale => sale.Region).Aggregate("revenue", static a => a.Sum(static sale => sale.Amount))
            .Materialize("revenue-by-region");
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration["contentRoot"] = Path.GetTempPath();
        #region serving
        builder.Services.AddActorStreams(streams => streams
            .AddPipeline(_ => pipeline));                       // .Materialize("revenue-by-region"), .Read("sales", ingress)
        WebApplication app = builder.Build();
        app.MapActorStreams("/streams");
        #endregion
        await using (app)
        {
            await app.StartAsync();
            var address = new Uri(app.Urls.Single());
            using var http = new HttpClient { BaseAddress = address };
            Assert.Contains("\"name\":\"shop\"", await http.GetStringAsync(new Uri("/streams/jobs", UriKind.Relative)),
                StringComparison.Ordinal);
            await sales.TellNowAsync(("north", 10));
            Assert.StartsWith("Snapshot north ", Assert.Single(await FollowAsync(address)), StringComparison.Ordinal);    // more, run again
        }
    }

    private static async Task<List<string>> FollowAsync(Uri address)
    {
        var seen = new List<string>();
        #region client
        var client = new StreamsClient(new HttpClient { BaseAddress = new Uri(address, "/streams/") });
        await foreach (ViewEpoch<string, decimal> epoch in client.FollowAsync<string, decimal>("shop", "revenue-by-region"))
        {
            foreach (ViewChange<string, decimal> change in epoch.Changes)
                seen.Add($"{change.Kind} {change.Key} {change.Row}");
            if (seen.Count > 0)
                break;
        }
        #endregion
        return seen;
    }
}
