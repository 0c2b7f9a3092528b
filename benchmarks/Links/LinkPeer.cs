using System.Diagnostics;
using System.Globalization;
using ActorStreams.Benchmarks.Harness;

namespace ActorStreams.Benchmarks.Links;

/// <summary>The second process: this program again, with a command that no user types. They talk by lines; rows go another way.</summary>
internal sealed class LinkPeer
{
    public const string Command = "link-peer";

    private static readonly Dictionary<string, LinkPeer> s_peers = new(StringComparer.Ordinal);

    private readonly Process _process;
    private readonly ILinkSide _side;
    private readonly string _address;
    private int _runs;

    private LinkPeer(string side)
    {
        string program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
            start.ArgumentList.Add(typeof(LinkPeer).Assembly.Location);
        start.ArgumentList.Add(Command);
        start.ArgumentList.Add(side);
        _process = Process.Start(start)!;       // it ends with this one, whose end closes its input
        _side = Sides[side]();
        _address = Read("listening")[0];
    }

    private static Dictionary<string, Func<ILinkSide>> Sides { get; } = new(StringComparer.Ordinal)
    {
        ["ours"] = static () => new OurLink(),
        ["streams"] = static () => new StreamsTcp(),
        ["remote"] = static () => new RemoteTell(),
        ["sockets"] = static () => new PlainSockets(),
    };

    /// <summary>Sends rows to the second process; measured from the first row until all of them are read there.</summary>
    public static Measurement Run(string side, long rows)
    {
        if (!s_peers.TryGetValue(side, out LinkPeer? peer))
            s_peers[side] = peer = new LinkPeer(side);
        return peer.Run(LinkRows.WholeFrames(rows));
    }

    /// <summary>The second process.</summary>
    public static int Serve(string name)
    {
        ILinkSide side = Sides[name]();
        Say($"listening {side.Listen()}");
        for (int run = 1; Console.ReadLine() is { } line; run++)
        {
            Task<Outcome> receiving = side.ReceiveAsync(long.Parse(line, CultureInfo.InvariantCulture), run);
            Say("ready");
            TimeSpan before = Environment.CpuUsage.TotalTime;
            long allocated = GC.GetTotalAllocatedBytes();
            Outcome outcome = receiving.GetAwaiter().GetResult();
            TimeSpan cpu = Environment.CpuUsage.TotalTime - before;
            Say(string.Create(CultureInfo.InvariantCulture,
                $"done {outcome.Count} {outcome.Sum} {outcome.Checksum} {cpu.TotalSeconds} {GC.GetTotalAllocatedBytes() - allocated}"));
        }

        return 0;
    }

    private Measurement Run(long rows)
    {
        int run = ++_runs;
        _process.StandardInput.WriteLine(rows);
        Read("ready");
        _side.ConnectAsync(_address, run).GetAwaiter().GetResult();
        var meter = Meter.Start();
        meter.Steady(0);
        _side.SendAsync(rows).GetAwaiter().GetResult();
        string[] done = Read("done");
        meter.Stop();
        _side.CloseAsync().GetAwaiter().GetResult();
        double[] figures = [.. done.Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
        var outcome = new Outcome(Number(done[0]), Number(done[1]), Number(done[2]));
        return meter.Result(rows, outcome) with
        {
            Notes = [new("receiver CPU s", figures[3]), new("receiver B/row", figures[4] / rows)],
        };
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static void Say(string line)
    {
        Console.WriteLine(line);
        Console.Out.Flush();
    }

    private string[] Read(string expected)
    {
        string[] words = (_process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException("The second process has ended.")).Split(' ');
        return words[0] == expected ? words[1..]
            : throw new InvalidOperationException($"The second process said '{string.Join(' ', words)}' where '{expected}' was due.");
    }
}
