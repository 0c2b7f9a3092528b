using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ActorStreams.Serving.Tests;

/// <summary>What nobody should send, and who does not read.</summary>
public sealed class HostileSpec
{
    private const string Changes = "jobs/shop/views/revenue-by-region/changes";

    [Fact]
    public async Task A_key_that_would_be_a_script_or_an_event_of_its_own_is_data()
    {
        const string Key = "<script>alert(1)</script>\n\nevent: end\ndata: {}\n\n\u2028'\"";
        await using ServedShop shop = await ServedShop.StartAsync();
        await shop.SellAsync((Key, 1));
        await using EventLines lines = await EventLines.OpenAsync(shop.Client, Changes);
        EventLines.Event told = (await lines.NextAsync())!.Value;
        Assert.Equal(Key, told.Data.GetProperty("key").GetString());
        Assert.Equal("progress", (await lines.NextAsync())!.Value.Kind);
        string page = await shop.Client.GetStringAsync(new Uri("jobs/shop/views/revenue-by-region", UriKind.Relative));
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_of_a_megabyte_are_told_and_followed()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        string key = new('x', 1 << 20);
        using var content = new StringContent($$"""{"region":"{{key}}","amount":1}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage told = await shop.Client.PostAsync(new Uri("jobs/shop/ingresses/sales", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.OK, told.StatusCode);
        await using EventLines lines = await EventLines.OpenAsync(shop.Client, Changes);
        Assert.Equal([$"snapshot {key} 1 1"], (await lines.EpochAsync()).Events);
    }

    [Theory]
    [InlineData(20_000, true)]
    [InlineData(20_000, false)]
    public async Task A_body_that_is_too_large_is_refused_whether_it_says_so_or_not(int bytes, bool saysSo)
    {
        await using ServedShop shop = await ServedShop.StartAsync(new ServingOptions { MaxMessageBytes = 10_000 });
        using var request = new HttpRequestMessage(HttpMethod.Post, "jobs/shop/ingresses/sales");
        request.Content = new StringContent($"[{new string(' ', bytes)}]", Encoding.UTF8, "application/json");
        request.Headers.TransferEncodingChunked = !saysSo;
        using HttpResponseMessage answer = await shop.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task Who_does_not_read_is_disconnected_and_nobody_waits_for_him()
    {
        const int Sales = 20;
        await using ServedShop shop = await ServedShop.StartAsync(new ServingOptions { ClientBudgetBytes = 100_000 });
        using var deaf = new TcpClient();
        deaf.ReceiveBufferSize = 64 << 10;
        await deaf.ConnectAsync(IPAddress.Loopback, shop.Address.Port);
        NetworkStream line = deaf.GetStream();
        await line.WriteAsync(Encoding.ASCII.GetBytes($"GET /streams/{Changes} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
        await using EventLines other = await EventLines.OpenAsync(shop.Client, $"{Changes}?key=small");
        string key = new('x', 1 << 20);
        for (int sale = 0; sale < Sales; sale++)
            await shop.SellAsync((key, 1), ("small", 1));

        // The other has seen the last sale; what was sent to the deaf one ends without it.
        for (long count = 0; count < Sales;)
        {
            EventLines.Event told = (await other.NextAsync())!.Value;
            if (told.Kind != "progress")
                count = told.Data.GetProperty("row").GetProperty("count").GetInt64();
        }

        long read = await ReadToEndAsync(line).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.True(read < Sales * 2L << 20, $"{read} bytes");
    }

    private static async Task<long> ReadToEndAsync(NetworkStream line)
    {
        byte[] buffer = new byte[64 << 10];
        long read = 0;
        try
        {
            while (await line.ReadAsync(buffer) is > 0 and var count)
                read += count;
        }
        catch (IOException)
        {
            // cut off
        }

        return read;
    }
}
