using System.Text.Json;
using System.Text.Json.Serialization;
using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Connectors.Tests;

public sealed record Amount(decimal? Exact = null, double? Real = null, float? Single = null, Half? Half = null, double[]? Many = null);

public sealed record QuotedAmount([property: JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)] decimal Exact, double Real);

[JsonNumberHandling(JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals)]
public sealed record Quoted(double? Real, decimal Exact);

[JsonSerializable(typeof(Amount))]
internal sealed partial class AmountContext : JsonSerializerContext;

/// <summary>A number in a file that no value of the member's type says refuses its record; nothing is rounded.</summary>
[Trait("Issue", "A13")]
public sealed class FileNumbersSpec : IDisposable
{
    private static readonly (string Member, string Number, bool IsGood)[] s_numbers =
    [
        ("Exact", "12345678901234567890123456789012345", false), ("Exact", "0.12345678901234567890123456789", false),
            ("Exact", "1e-30", false), ("Exact", "1e400", false), ("Exact", "1.250", true),
        ("Exact", "79228162514264337593543950335", true), ("Real", "1e400", false), ("Real", "-1e400", false), ("Real", "1e-400", false),
            ("Real", "9007199254740993", false), ("Real", "1.5e300", true),
        ("Real", "0.1000000000000000055511151231257827", true), ("Single", "1e300", false), ("Single", "16777217", false),
            ("Single", "0.123456789012", false), ("Single", "0.25", true), ("Half", "70000", false), ("Half", "0.5", true),
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Csv()
    {
        foreach ((string member, string number, bool isGood) in s_numbers)
        {
            (List<SourceItem<Amount>> items, _) = await SourceRun.ReadAsync(ActorStreams.Csv.File<Amount>(_folder.Write("a.csv",
                $"{member}\n{number}\n")));
            if (isGood)
                Assert.NotNull(items[0].Row);
            else
                Assert.Contains($"column '{member}': '{number}' has more digits than are in a ", items[0].Rejected!.Error.Message,
                    StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Json_lines_by_reflection_and_by_generated_metadata_and_within_arrays_and_events()
    {
        foreach ((string member, string number, bool isGood) in s_numbers)
        {
            string file = _folder.Write("a.jsonl", $"{{\"{member}\":{number}}}\n");
            await ShouldBeAsync(JsonLines.File<Amount>(file), isGood, number);
            await ShouldBeAsync(JsonLines.File<Amount>(file, new JsonLinesOptions { TypeInfo = AmountContext.Default.Amount }),
                isGood, number);
            var serializer = new JsonSerializerOptions(JsonSerializerDefaults.Web) { TypeInfoResolver = AmountContext.Default };
            await ShouldBeAsync(JsonLines.File<Amount>(file, new JsonLinesOptions { Serializer = serializer }), isGood, number);
            await ShouldBeAsync(JsonLines.File<DebeziumEvent<Amount>>(_folder.Write("b.jsonl",
                $"{{\"op\":\"c\",\"before\":null,\"after\":{{\"{member}\":{number}}}}}\n")), isGood, number);
            if (member == "Real")
                await ShouldBeAsync(JsonLines.File<Amount>(_folder.Write("c.jsonl", $"{{\"Many\":[1,{number}]}}\n")), isGood,
                    number);
        }

        static async Task ShouldBeAsync<T>(Source<T> source, bool isGood, string number)
        {
            (List<SourceItem<T>> items, _) = await SourceRun.ReadAsync(source);
            Assert.Equal(isGood, items[0].Row is not null);
            if (!isGood)
                Assert.Contains($"{number} has more digits than are in a ", items[0].Rejected!.Error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Attributes_and_options_that_let_numbers_stand_in_texts_hold_as_before()
    {
        (List<SourceItem<QuotedAmount>> quoted, _) = await SourceRun.ReadAsync(JsonLines.File<QuotedAmount>(_folder.Write("a.jsonl",
            "{\"exact\":\"1.5\",\"real\":2}\n{\"exact\":\"12345678901234567890123456789012345\",\"real\":2}\n{\"exact\":1,\"real\":\"2\"}\n")));
        Assert.Equal([new QuotedAmount(1.5m, 2), null, null], quoted.Select(item => item.Row));
        (List<SourceItem<Quoted>> all, _) = await SourceRun.ReadAsync(JsonLines.File<Quoted>(_folder.Write("b.jsonl",
            "{\"real\":\"NaN\",\"exact\":\"1.5\"}\n{\"real\":null,\"exact\":1}\n{\"real\":\"1e400\",\"exact\":1}\n")));
        Assert.Equal([new Quoted(double.NaN, 1.5m), new Quoted(null, 1), null], all.Select(item => item.Row));
        var options = new JsonSerializerOptions(JsonLinesOptions.Default) { NumberHandling = JsonNumberHandling.AllowReadingFromString };
        (List<SourceItem<Amount>> loose, _) = await SourceRun.ReadAsync(JsonLines.File<Amount>(_folder.Write("c.jsonl",
            "{\"real\":\"2.5\"}\n{\"real\":\"Infinity\"}\n"), new JsonLinesOptions { Serializer = options }));
        Assert.Equal([2.5, double.PositiveInfinity], loose.Select(item => item.Row?.Real));
    }

    public sealed record WrittenNumber(long Number, decimal Big);

    public sealed record ReadNumber(double Number, decimal Big);

    [Fact]
    public async Task Avro()
    {
        string file = _folder["numbers.avro"];
        Pipeline pipeline = Pipeline.Create("writes");
        pipeline.Read("rows", Sources.Of(new[] { new WrittenNumber(9007199254740993, 1),
            new WrittenNumber(1L << 60, 1234567890123456789.123456789m), new WrittenNumber(1, decimal.MaxValue) }))
            .Write("file", ActorStreams.Avro.ToFile<WrittenNumber>(file));
        await using (Job job = await Job.StartAsync(pipeline, new MemoryStore()))
            await job.Completion.WaitAsync(TimeSpan.FromSeconds(60));
        (List<SourceItem<ReadNumber>> items, _) = await SourceRun.ReadAsync(ActorStreams.Avro.File<ReadNumber>(file));
        Assert.Contains("9007199254740993 is no Double", items[0].Rejected!.Error.Message, StringComparison.Ordinal);
        Assert.Equal(new ReadNumber(1L << 60, 1234567890123456789.123456789m), items[1].Row);
        Assert.Equal(decimal.MaxValue, items[2].Row!.Big);
    }
}
