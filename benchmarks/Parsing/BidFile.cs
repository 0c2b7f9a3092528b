using System.Globalization;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Parsing;

/// <summary>The rows as text in a temporary folder, written before anything is measured, kept for all runs of a process.</summary>
internal sealed class BidFile(string name, string? header, Func<Bid, string> format)
{
    private const long Keys = 10_000;
    private TemporaryFolder? _folder;
    private long _rows;

    public string PathOf(long rows)
    {
        if (_rows == rows) return _folder!.File(name);
        _folder?.Dispose();
        TemporaryFolder folder = _folder = new TemporaryFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => { if (Directory.Exists(folder.Path)) folder.Dispose(); };
        using var writer = new StreamWriter(folder.File(name)) { NewLine = "\n" };
        if (header is not null) writer.WriteLine(header);
        foreach (Bid bid in Bids.Of(rows, Keys)) writer.WriteLine(format(bid));
        _rows = rows;
        return folder.File(name);
    }

    public static Outcome Expect(long rows)
    {
        var digest = new ResultDigest();
        foreach (Bid bid in Bids.Of(rows, Keys)) digest.Add(in bid);
        return digest.Outcome;
    }

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
