// json. Per row: one line of JSON of about 75 bytes becomes a typed struct row that a sink reads; on our side it is counted by key
// as well. Not durable. Compared with the parser
// alone: System.Text.Json with a source-generated contract over lines that are in memory and already split. Reading the object by hand
// with Utf8JsonReader is reported beside it.
using System.Text.Json;
using System.Text.Json.Serialization;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Parsing;

internal sealed partial class JsonRows : IBenchmark
{
    private static readonly BidFile _file = new("bids.jsonl", header: null, bid => BidFile.Text(
        $$"""{"auction":{{bid.Auction}},"bidder":{{bid.Bidder}},"price":{{bid.Price}},"time":{{bid.Time}}}"""));

    public string Name => "json";
    public string What => "Parses JSON lines into struct rows.";
    public bool Durable => false;
    public string BaselineName => "System.Text.Json over split lines in memory";
    public long DefaultRows => 1_000_000;

    public Outcome Expect(long rows) => BidFile.Expect(rows);

    public Measurement RunBaseline(long rows) => Baseline(FileOf(rows), ParseByContract);

    public Measurement RunOurs(long rows) =>
        EngineParsing.Run(Name, rows,
        ActorStreams.JsonLines.File<Bid>(FileOf(rows), new JsonLinesOptions { TypeInfo = BidJson.Default.Bid }));

    public IReadOnlyList<Variant> Variants => [new("Utf8JsonReader by hand", rows => Baseline(FileOf(rows), ParseByHand))];

    /// <summary>The input of both sides.</summary>
    public static string FileOf(long rows) => _file.PathOf(rows);

    public static Measurement Baseline(string file, LineParser parse)
    {
        byte[] bytes = File.ReadAllBytes(file);
        List<Range> lines = [.. LinesOf(bytes)];
        var digest = new ResultDigest();
        var meter = Meter.Start();
        foreach (Range line in lines) digest.Add(parse(bytes.AsSpan(line)));
        meter.Stop();
        return meter.Result(lines.Count, digest.Outcome);
    }

    public delegate Bid LineParser(ReadOnlySpan<byte> line);

    public static Bid ParseByContract(ReadOnlySpan<byte> line) => JsonSerializer.Deserialize(line, BidJson.Default.Bid);

    public static Bid ParseByHand(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        var bid = default(Bid);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName) continue;
            if (reader.ValueTextEquals("auction"u8)) bid.Auction = Next(ref reader);
            else if (reader.ValueTextEquals("bidder"u8)) bid.Bidder = Next(ref reader);
            else if (reader.ValueTextEquals("price"u8)) bid.Price = Next(ref reader);
            else if (reader.ValueTextEquals("time"u8)) bid.Time = Next(ref reader);
        }
        return bid;
    }

    private static long Next(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetInt64();
    }

    private static IEnumerable<Range> LinesOf(byte[] bytes)
    {
        for (int start = 0; start < bytes.Length;)
        {
            int end = Array.IndexOf(bytes, (byte)'\n', start);
            yield return start..end;
            start = end + 1;
        }
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(Bid))]
    private sealed partial class BidJson : JsonSerializerContext;
}
