// csv. Per row: one line of CSV with a header becomes a typed struct row that a sink reads; on our side it is counted by key
// as well. Not durable. Compared with the parser alone:
// CsvHelper's GetRecords with a generated mapper over the same file (in the page cache), the way its users read one.
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;
using CsvHelper;

namespace ActorStreams.Benchmarks.Parsing;

internal sealed class CsvRows : IBenchmark
{
    private static readonly BidFile _file = new("bids.csv", "Auction,Bidder,Price,Time", bid => BidFile.Text(
        $"{bid.Auction},{bid.Bidder},{bid.Price},{bid.Time}"));

    public string Name => "csv";
    public string What => "Parses CSV into struct rows.";
    public bool Durable => false;
    public string BaselineName => "CsvHelper GetRecords";
    public long DefaultRows => 1_000_000;

    public Outcome Expect(long rows) => BidFile.Expect(rows);

    public Measurement RunBaseline(long rows) => Baseline(FileOf(rows), rows);

    public Measurement RunOurs(long rows) => EngineParsing.Run(Name, rows, Csv.File<Bid>(FileOf(rows)));

    /// <summary>The input of both sides.</summary>
    public static string FileOf(long rows) => _file.PathOf(rows);

    public static Measurement Baseline(string file, long rows)
    {
        var digest = new ResultDigest();
        var meter = Meter.Start();
        using (CsvReader csv = CsvReader.FromFile(file))
        {
            foreach (Bid bid in csv.GetRecords<Bid>()) digest.Add(in bid);
        }
        meter.Stop();
        return meter.Result(rows, digest.Outcome);
    }
}
