using ActorStreams.Authoring;

namespace ActorStreams.Connectors.PostgreSql.Tests;

/// <summary>No part of a connection string that may be one of a password stands in any text.</summary>
[Trait("Issue", "D4")]
public sealed class ConnectionStringSpec
{
    private const string Canary = "c4n4ry";

    public sealed record Row(int Id, string? Text);

    /// <summary>Slips: a semicolon or a quote that is missing or too many, another form.</summary>
    public static TheoryData<string> Slips =>
    [
        $"Host=h;Username=u;Password=x;{Canary}", $"Host=h;Password=x;{Canary}=1", $"Host=h;Password=x;{Canary};Database=d",
            $"Host=h;Port={Canary}", $"Host=h;Timeout={Canary};Password=x",
        $"Host=h;Password='x;{Canary}", $"Host=h;Password=\"x;{Canary}", $"Host=h Password={Canary}",
            $"Host=h;Username=u Password={Canary}", $"Host=h;Database=d,Password={Canary}", $"Host=u:{Canary}@h",
        $"postgresql://u:{Canary}@h/d", $"postgres://u:{Canary}@h:5432/d?sslmode=require", $"{Canary}", $"Host=h;SSL Mode={Canary}",
            $"Host=h;Password=x;Pooling={Canary}", $"Host=h;Application Name=a PWD={Canary}",
        $"Host=postgres://u:{Canary}@h/d", $"Host=h;Keepalive=999999999999999{Canary}", $"Host=h;Password=x;Load Balance Hosts={Canary}",
    ];

    [Theory]
    [MemberData(nameof(Slips))]
    public void A_connection_string_with_a_slip_is_refused_wherever_it_is_given_without_a_word_of_it(string slip)
    {
        Action[] places =
        [
            () => PostgreSqlTable.Upserts<int, Row>(slip, "t"),
                () => PostgreSqlTable.Upserts(slip, "t", row => row.Get<int>("id"), row => row),
                () => PostgreSqlTable.Changes<Row>(slip, "t"),
            () => PostgreSqlTable.Changes(slip, "t", row => row),
                () => PostgreSqlSink.Upsert<int, Row>(slip, "t", columns => columns.Key("id", key => key)), () => Store.PostgreSql(slip),
        ];
        foreach (Action place in places)
        {
            ArgumentException error = Assert.Throws<ArgumentException>(place);
            Assert.DoesNotContain(Canary, error.ToString(), StringComparison.OrdinalIgnoreCase);
            Assert.Null(error.InnerException);
            Assert.Equal("connectionString", error.ParamName);
            Assert.Contains("single quotes", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_good_one_stands_in_no_text_that_the_product_makes()
    {
        const string good = $"Host=127.0.0.1;Port=1;Username=u;Password='{Canary};{Canary}=x';Database=d;Timeout=1";
        var captured = new CaptureOptions { RetryFor = TimeSpan.Zero };
        var written = new PostgreSqlSinkOptions { RetryFor = TimeSpan.Zero };
        var stored = new PostgreSqlOptions { RetryFor = TimeSpan.Zero };
        var source = PostgreSqlTable.Upserts<int, Row>(good, "t", captured);
        var sink = PostgreSqlSink.Upsert<int, Row>(good, "t", columns => columns.Key("id", key => key), written);
        await using Store store = Store.PostgreSql(good, stored);
        await using Store memory = Store.InMemory();
        var capture = Pipeline.Create("capture");
        capture.Read("rows", source).ToTable("table").Materialize("view");
        var copy = Pipeline.Create("copy");
        copy.Read("rows", Sources.Of(new[] { Upsert<int, Row>.Put(1, new Row(1, "one")) })).Write("out", sink);
        var notices = new List<string>();
        var options = CaptureRun.Quick with { OnNotice = notice => notices.Add($"{notice}") };
        var texts = new List<string?>
        {
            $"{captured}", $"{written}", $"{stored}", $"{options}", source.Description, $"{source}", sink.Description, $"{sink}",
                store.Description, $"{store}", capture.Describe(), copy.Describe(),
            (await Assert.ThrowsAnyAsync<Exception>(() => RunAsync(capture, memory))).ToString(),
            (await Assert.ThrowsAnyAsync<Exception>(() => RunAsync(capture, store))).ToString(),
            (await Assert.ThrowsAnyAsync<Exception>(() => RunAsync(copy, memory))).ToString(),
        };
        Assert.All([.. texts, .. notices], text => Assert.DoesNotContain(Canary, text, StringComparison.OrdinalIgnoreCase));

        async Task RunAsync(Pipeline pipeline, Store of)
        {
            await using Job job = await Job.StartAsync(pipeline, of, options);
            await job.Completion.WaitAsync(TimeSpan.FromSeconds(20));
        }
    }
}
