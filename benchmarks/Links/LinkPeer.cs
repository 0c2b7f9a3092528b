using System.Globalization;
using ActorStreams.Benchmarks.Harness;

namespace ActorStreams.Benchmarks.Links;

/// <summary>The second process: this program again, with a command that no user types. They talk by lines; rows go another way.</summary>
internal sealed class LinkPeer
{
    public const string Command = "link-peer";

    private static readonly Dictionary<string, LinkPeer> s_peers = new(StringComparer.Ordinal);

    private readonly Peer _peer;
    private readonly ILinkSide _side;
    private readonly string _address;
    private int _runs;

    private LinkPeer(string side)
    {
        _peer = new Peer(core: null, Command, side);
        _side = Sides[side]();
        _address = _peer.Hear("listening")[0];
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
        Peer.Say($"listening {side.Listen()}");
        for (int run = 1; Console.ReadLine() is { } line; run++)
        {
            Task<Outcome> receiving = side.ReceiveAsync(long.Parse(line, CultureInfo.InvariantCulture), run);
            Peer.Say("ready");
            TimeSpan before = Environment.CpuUsage.TotalTime;
            long allocated = GC.GetTotalAllocatedBytes();
            Outcome outcome = receiving.GetAwaiter().GetResult();
            TimeSpan cpu = Environment.CpuUsage.TotalTime - before;
            Peer.Say(string.Create(CultureInfo.InvariantCulture,
                $"done {outcome.Count} {outcome.Sum} {outcome.Checksum} {cpu.TotalSeconds} {GC.GetTotalAllocatedBytes() - allocated}"));
        }

        return 0;
    }

    private Measurement Run(long rows)
    {
        int run = ++_runs;
        _peer.Tell(string.Create(CultureInfo.InvariantCulture, $"{rows}"));
        _peer.Hear("ready");
        _side.ConnectAsync(_address, run).GetAwaiter().GetResult();
        var meter = Meter.Start();
        meter.Steady(0);
        _side.SendAsync(rows).GetAwaiter().GetResult();
        string[] done = _peer.Hear("done");
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
}
