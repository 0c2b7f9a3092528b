using System.Text.Json;
using ActorStreams.Authoring;

namespace ActorStreams.Connectors.Tests;

/// <summary>Text that holds half of a surrogate pair never reaches a file as something else: its row is refused, and the others are
/// written.</summary>
[Trait("Issue", "A8")]
public sealed class NotUnicodeSpec : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public sealed record Note(string Text, char Mark, List<string> Tags, Dictionary<string, int> Counts)
    {
        public static Note Of(string text = "fine \ud83d\ude42 \ufffd", char mark = 'm', string tag = "tag", string key = "key") =>
            new(text, mark, [tag], new Dictionary<string, int> { [key] = 1 });
    }

    public sealed record Line(string Text, char Mark);

    public sealed record Tree(int Number, Tree? Child);

    [Theory]
    [InlineData("text")]
    [InlineData("mark")]
    [InlineData("tag")]
    [InlineData("key")]
    public async Task Json_refuses_the_row_wherever_the_text_stands(string where)
    {
        Note bad = where switch
        {
            "text" => Note.Of(text: "\ud800"),
            "mark" => Note.Of(mark: '\ud800'),
            "tag" => Note.Of(tag: "\udc00"),
            _ => Note.Of(key: "\udc00")
        };
        string path = _folder["a.jsonl"];
        List<object?[]> letters = await WriteAsync(JsonLines.ToFile<Note>(path), Note.Of(), bad, Note.Of());

        Assert.Contains("the text is not Unicode", (string)Assert.Single(letters)[2]!, StringComparison.Ordinal);
        Assert.Equal(2, (await File.ReadAllLinesAsync(path)).Count(line => JsonSerializer.Deserialize<Note>(line)!.Text == Note.Of().Text));
    }

    [Fact]
    public async Task Json_refuses_it_too_where_characters_are_written_unescaped()
    {
        var options =
            new JsonLinesOptions
            {
                Serializer =
            new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
            };
        string path = _folder["a.jsonl"];
        List<object?[]> letters = await WriteAsync(JsonLines.ToFile<Line>(path, options), new Line("\ufffd", 'm'),
            new Line("a\ud800", 'm'));

        Assert.Single(letters);
        Assert.Equal("""{"Text":"�","Mark":"m"}""", (await File.ReadAllTextAsync(path)).Trim());
    }

    [Fact]
    public async Task Csv_refuses_the_row_and_names_the_column()
    {
        string path = _folder["a.csv"];
        List<object?[]> letters = await WriteAsync(Csv.ToFile<Line>(path), new Line("one", 'm'), new Line("a\ud800", 'm'),
            new Line("b", '\udc00'), new Line("two", 'm'));

        Assert.Equal(["Column 'Mark'", "Column 'Text'"], letters.Select(letter => ((string)letter[2]!).Split(':')[1].Trim())
            .Order(StringComparer.Ordinal));
        Assert.Equal("Text,Mark\none,m\ntwo,m\n", await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task Avro_refuses_the_row()
    {
        string path = _folder["a.avro"];
        List<object?[]> letters = await WriteAsync(Avro.ToFile<string>(path), "one", "a\ud800", "two");

        Assert.Contains("the text is not Unicode", (string)Assert.Single(letters)[2]!, StringComparison.Ordinal);
        Assert.Equal(["one", "two"], await SourceRun.RowsAsync(Avro.File<string>(path)));
    }

    [Fact]
    public async Task Json_with_an_escaped_half_is_rejected_when_it_is_read()
    {
        string path = _folder["a.jsonl"];
        await File.WriteAllTextAsync(path, """
            {"Text":"one","Mark":"m"}
            {"Text":"a\ud800","Mark":"m"}
            {"Text":"two","Mark":"m"}
            """);

        Assert.Equal(["one", "two"], (await SourceRun.RowsAsync(JsonLines.File<Line>(path))).Select(line => line.Text));
        Assert.Single(await SourceRun.ErrorsAsync(JsonLines.File<Line>(path)));
    }

    [Fact]
    [Trait("Issue", "A9")]
    public async Task Json_refuses_a_row_that_is_too_deep_and_writes_the_others()
    {
        Tree? deep = null;
        for (int number = 0; number < 100_000; number++)
            deep = new Tree(number, deep);
        string path = _folder["a.jsonl"];
        List<object?[]> letters = await WriteAsync(JsonLines.ToFile<Tree>(path), new Tree(1, null), deep!, new Tree(2, null));

        Assert.Contains("too large or nested too deep to be shown", (string)Assert.Single(letters)[3]!, StringComparison.Ordinal);
        Assert.Equal(2, (await File.ReadAllLinesAsync(path)).Length);
    }

    /// <summary>The dead letters.</summary>
    private static async Task<List<object?[]>> WriteAsync<T>(Sink<T> sink, params T[] rows)
    {
        MemoryStore store = Store.InMemory();
        var pipeline = Pipeline.Create("texts");
        pipeline.Read("rows", Sources.Of(rows)).Write("file", sink);
        await using Job job = await Job.StartAsync(pipeline, store,
            new JobOptions { Errors = ErrorPolicy.Skip, EpochInterval = TimeSpan.FromMilliseconds(10) });
        await job.Completion.WaitAsync(s_limit);
        return [.. store.ReadTable("dead_letters")];
    }
}
