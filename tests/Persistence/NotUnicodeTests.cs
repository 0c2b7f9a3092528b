using ActorStreams.Authoring;
using ActorStreams.Core.Pipelines;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.TestKit;

namespace ActorStreams.Persistence.Tests;

/// <summary>Text that holds half of a surrogate pair: what is ours keeps it, what others read as text refuses the row, and every store
/// alike.</summary>
[Trait("Issue", "A8")]
[Collection("PostgreSQL")]
public sealed class NotUnicodeTests
{
    private const string High = "a\ud800", Low = "a\udc00", Whole = "a\ud83d\ude42", Replaced = "a\ufffd";
    private static readonly JobOptions s_options = new()
    {
        EpochInterval = TimeSpan.FromMilliseconds(10),
        Shards = 4,
        Parallelism = 2,
        Errors = ErrorPolicy.Skip
    };

    public static TheoryData<string> Stores => ["memory", "SQLite", "PostgreSQL"];

    private static StoreFixture Fixture(string store) => store switch
    {
        "memory" => new MemoryFixture(),
        "SQLite" => new SqliteFixture(),
        _ => new PostgreSqlFixture(),
    };

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Keys_and_state_keep_it_over_a_restart(string kind)
    {
        await using StoreFixture fixture = Fixture(kind);
        var source = new ScriptedSource<string>().Add(High, Low, Whole, Replaced, High);
        for (int run = 1; run <= 2; run++)
        {
            await using Store store = fixture.Open();
            var pipeline = Pipeline.Create("texts");
            pipeline.Read("texts", source).KeyBy(text => text)
                .EventSourced<string, string>("seen", (_, text) => [text], (all, text) => all + text, initial: () => "")
                .Write("out", Sinks.ForEach<string>(_ => { }));
            await using Job job = await Job.StartAsync(pipeline, store, s_options);
            await source.CommittedAsync(5);
            Assert.Equal(High + High, await job.Entity<string, string>(new("seen"), High).AskAsync());
            foreach (string key in new[] { Low, Whole, Replaced })
                Assert.Equal(key, await job.Entity<string, string>(new("seen"), key).AskAsync());
            await job.StopAsync().WaitAsync(Limits.Test);
        }
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Topics_keep_it(string kind)
    {
        await using StoreFixture fixture = Fixture(kind);
        await using Store store = fixture.Open();
        var writer = Pipeline.Create("writer");
        writer.Read("texts", Sources.Of([High, Low, Whole, Replaced])).Write("topic", Topics.To<string, string>("texts", 1, text => text));
        await ToEndAsync(writer, store);

        List<string> read = [];
        var reader = Pipeline.Create("reader");
        reader.Read("topic", Topics.Read<string>("texts").ToEnd()).Write("read", Sinks.ForEach<string>(read.Add));
        await ToEndAsync(reader, store);
        Assert.Equal([High, Low, Whole, Replaced], read);
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task A_text_column_refuses_the_row_which_becomes_a_dead_letter_that_can_be_read(string kind)
    {
        await using StoreFixture fixture = Fixture(kind);
        await using Store store = fixture.Open();
        var pipeline = Pipeline.Create("texts");
        pipeline.Read("texts", Sources.Of([High, "fine", Whole, Replaced, "a\0b"]))
            .Write("out", Sinks.Table<string>("texts", t => t.Column("text", text => text)));
        await ToEndAsync(pipeline, store);

        Assert.Equal(["fine", Whole, Replaced], (await fixture.ReadTableAsync("texts", ColumnType.Text)).Select(row => (string)row[0]!));
        IReadOnlyList<object?[]> letters = await fixture.ReadTableAsync("dead_letters",
            [.. DeadLetterTable.Spec.Columns.Select(column => column.Type)]);
        Assert.Equal(["a\u2400b", Replaced], letters.Select(letter => (string)letter[3]!).Order(StringComparer.Ordinal));
        Assert.Contains("column 'text': the text is not Unicode: at position 1 it holds U+D800",
            (string)letters.Single(letter => (long)letter[5]! == 0)[2]!, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Rows_of_a_sink_that_does_not_look_are_refused_by_name_before_anything_is_written(string kind)
    {
        await using StoreFixture fixture = Fixture(kind);
        await using Store store = fixture.Open();
        await using JobJournal journal = await store.OpenAsync("job");
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            await journal.CommitAsync(Commits.Epoch(1)
                .With(new Rows(new TableSpec("texts", [new("text", ColumnType.Text)], TableMode.Insert), [High]))));
        Assert.Contains("Table 'texts', column 'text': the text is not Unicode", error.Message, StringComparison.Ordinal);
        Assert.Null(await journal.LastEpochAsync());
    }

    [Fact]
    public void Text_in_blobs_of_any_codec_comes_back_as_it_was()
    {
        foreach (string text in new[] { High, Low, Whole, Replaced, "", "\ud800\ud800\udc00\udc00", "é\udfff€\ud800z" })
        {
            BlobWriter writer = new();
            writer.WriteString(text);
            var reader = new BlobReader(writer.Written);
            Assert.Equal(text, reader.ReadString());
            Assert.Equal(0, reader.Remaining);
        }
    }

    private static async Task ToEndAsync(Pipeline pipeline, Store store)
    {
        await using Job job = await Job.StartAsync(pipeline, store, s_options);
        await job.Completion.WaitAsync(Limits.Test);
    }
}
