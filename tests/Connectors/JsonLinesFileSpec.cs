using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ActorStreams.TestKit;

namespace ActorStreams.Connectors.Tests;

public sealed record Entry(string Id, int Count, Entry? Inner = null);

[JsonSerializable(typeof(Entry))]
[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
internal sealed partial class EntryContext : JsonSerializerContext;

public sealed class JsonLinesFileSpec : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{\"id\":\"a\",\"count\":1}\n{\"ID\":\"b\",\"Count\":2}\n", 2)]
    [InlineData("\uFEFF{\"id\":\"a\",\"count\":1}\r\n\r\n  \n{\"id\":\"b\",\"count\":2}", 2)]
    [InlineData("{\"id\":\"a\"}\n{\"id\":1,\"count\":1}\nnull\n{\n}\n[1]\n{\"id\":null,\"count\":1}\n{\"id\":\"z\",\"count\":1}", 8)]
    [InlineData("", 0)]
    [InlineData("\n \n", 0)]
    public async Task The_contract_of_sources_holds(string text, int items)
    {
        await SourceContract.HoldsAsync(JsonLines.File<Entry>(_folder.Write("a.jsonl", text)), items);
        await SourceContract.HoldsAsync(JsonLines.File<Entry>(_folder.Write("a.jsonl.gz", text)), items);
    }

    [Fact]
    public async Task A_bad_line_is_rejected_with_its_place_and_path()
    {
        byte[] bytes = [.. "{\"id\":\"a\",\"count\":\"no\"}\n{\"id\":\""u8, 0xFF,
            .. "\",\"count\":1}\nnull\n{\"id\":\"z\",\"count\":1}\n"u8];
        string path = _folder.Write("a.jsonl", bytes);

        (List<SourceItem<Entry>> items, _) = await SourceRun.ReadAsync(JsonLines.File<Entry>(path));

        Assert.Equal($"{path}, line 1: at $.count: not a Entry: The JSON value could not be converted to {typeof(Entry)}.",
            items[0].Rejected!.Error.Message);
        Assert.Equal($"{path}, line 2: the line is not valid UTF-8.", items[1].Rejected!.Error.Message);
        Assert.Equal($"{path}, line 3: null is not a Entry.", items[2].Rejected!.Error.Message);
        Assert.Equal(new Entry("z", 1), items[3].Row);
    }

    [Fact]
    public async Task Too_long_and_too_deep_lines_are_rejected_and_reading_goes_on()
    {
        string deep = string.Concat(Enumerable.Repeat("{\"id\":\"a\",\"count\":1,\"inner\":", 100)) + "null" + new string('}', 100);
        string path = _folder.Write("a.jsonl", $"{{\"id\":\"{new string('x', 10_000_000)}\"}}\n{deep}\n{{\"id\":\"z\",\"count\":1}}\n");

        (List<SourceItem<Entry>> items, _) = await SourceRun.ReadAsync(JsonLines.File<Entry>(path));

        Assert.Contains("line 1: the record is longer than 1048576 bytes", items[0].Rejected!.Error.Message, StringComparison.Ordinal);
        Assert.Contains("line 2:", items[1].Rejected!.Error.Message, StringComparison.Ordinal);
        Assert.Equal(new Entry("z", 1), items[2].Row);
    }

    [Fact]
    public async Task Source_generated_metadata_is_used()
    {
        string path = _folder.Write("a.jsonl", "{\"id\":\"a\",\"count\":1}");

        Assert.Equal([new Entry("a", 1)],
            await SourceRun.RowsAsync(JsonLines.File<Entry>(path, new JsonLinesOptions { TypeInfo = EntryContext.Default.Entry })));
        Assert.Throws<PipelineException>(() => JsonLines.File<int>(path, new JsonLinesOptions { TypeInfo = EntryContext.Default.Entry }));
    }

    [Fact]
    public async Task Random_bytes_neither_hang_nor_fail_the_reader()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            byte[] bytes = new byte[random.Next(400)];
            for (int index = 0; index < bytes.Length; index++)
                bytes[index] = random.Next(20) == 0 ? (byte)random.Next(256) : Encoding.ASCII.GetBytes("{}[]\",:\n\r1a ")[random.Next(12)];

            await SourceRun.ReadAsync(JsonLines.File<Entry>(_folder.Write("a.jsonl", bytes)));
            (List<SourceItem<(string, string)>> items,
                var stops) = await SourceRun.ReadAsync(
                Csv.File<(string, string)>(_folder.Write("a.csv", bytes), new CsvOptions { HasHeader = false, MaxRecordBytes = 1024 }),
                capacity: 1);
            if (items.Count > 0)
                Assert.True(stops[^1].Offset.Value <= bytes.Length, $"seed {seed}");
        }
    }
}
