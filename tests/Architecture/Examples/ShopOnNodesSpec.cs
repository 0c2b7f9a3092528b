using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using ActorStreams.Tests;
using Microsoft.AspNetCore.Builder;
using ShopService;

namespace ActorStreams.Architecture.Tests.Examples;

/// <summary>The service of the example on three nodes with one database, by its configuration alone.</summary>
public sealed class ShopOnNodesSpec
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Three_nodes_are_one_shop_and_the_others_go_on_when_one_stops()
    {
        string store = PostgreSqlServer.Shared.NewDatabase();
        int seed = FreePort();
        WebApplication[] nodes = [.. new[] { seed, 0, 0 }.Select(port => ShopServer.Build(["--urls", "http://127.0.0.1:0",
            "--Shop:Port", $"{port}", "--Shop:Seeds", $"127.0.0.1:{seed}", "--Shop:PostgreSql", store]))];
        await Task.WhenAll(nodes.Select(node => node.StartAsync())).WaitAsync(s_limit);
        HttpClient[] shops = [.. nodes.Select(node => new HttpClient { BaseAddress = new Uri(node.Urls.First()) })];

        Assert.Equal(HttpStatusCode.OK, await PostAsync(shops[0], "/orders", new Order("1", "ann", 6000)));
        Assert.Equal(HttpStatusCode.Conflict, await PostAsync(shops[1], "/orders", new Order("2", "ann", 5000)));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(shops[2], "/payments", new Payment("p1", "ann", 2000)));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(shops[1], "/orders", new Order("2", "ann", 5000)));
        foreach (HttpClient shop in shops)
        {
            Assert.Equal(new Account(9000, 2, "2"), await shop.GetFromJsonAsync<Account>("/accounts/ann"));
            await OwesAsync(shop, "ann", 9000);
            JsonElement job = await shop.GetFromJsonAsync<JsonElement>("/streams/jobs/shop");
            Assert.Contains("on a cluster: running", job.GetProperty("description").GetString(), StringComparison.Ordinal);
            Assert.Equal("Healthy", await shop.GetStringAsync("/health"));
        }

        await nodes[2].StopAsync().WaitAsync(s_limit);
        Assert.Equal(HttpStatusCode.OK, await PostAsync(shops[1], "/orders", new Order("3", "ann", 1000)));
        await OwesAsync(shops[0], "ann", 10_000);

        foreach (HttpClient shop in shops)
            shop.Dispose();
        await Task.WhenAll(nodes.Select(async node => await node.DisposeAsync())).WaitAsync(s_limit);
    }

    /// <summary>Follows the view until it shows what somebody owes.</summary>
    private static async Task OwesAsync(HttpClient shop, string customer, long cents)
    {
        using var patience = new CancellationTokenSource(s_limit);
        using Stream changes = await shop.GetStreamAsync(
            $"/streams/jobs/shop/views/owed-by-customer/changes?key={customer}", patience.Token);
        using var lines = new StreamReader(changes);
        string wanted = $"{cents}";
        while (await lines.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.StartsWith("data:", StringComparison.Ordinal) && line.Contains(wanted, StringComparison.Ordinal))
                return;
        }

        Assert.Fail($"The changes of the view ended before '{customer}' owed {cents}.");
    }

    private static async Task<HttpStatusCode> PostAsync<T>(HttpClient shop, string path, T row)
    {
        using HttpResponseMessage answer = await shop.PostAsJsonAsync(path, row);
        return answer.StatusCode;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
