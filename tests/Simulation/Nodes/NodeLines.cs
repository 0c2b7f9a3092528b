using ActorStreams.Cluster.Links;

namespace ActorStreams.Simulation.Tests.Nodes;

/// <summary>The connections by which rows go between nodes: each delivers its bytes once and in order, until it breaks or falls silent.
/// What a broken one still had under way may come long after the next one has opened.</summary>
internal sealed class NodeLines(NodesWorld world)
{
    private readonly Dictionary<int, Listener> _listeners = [];
    private readonly Dictionary<(int, int), TimeSpan> _cuts = [];
    private readonly List<Line> _lines = [];
    private readonly NodeOldPieces _old = new();

    /// <summary>Something between nodes will lose (-1) or repeat (1) one of the next pieces.</summary>
    public int Tampers { get; set; }

    public ILinkNetwork Of(NodeProcess node) => new Network(this, node);

    /// <summary>No bytes pass between two machines for some time.</summary>
    public void Cut(int one, int other, TimeSpan until, bool isSilent)
    {
        _cuts[Pair(one, other)] = until;
        foreach (Line line in _lines.Where(line => line.Pair == Pair(one, other)).ToArray())
            Drop(line, isSilent);
    }

    /// <summary>Keeps what the next connection from one machine to another carries up to its first barrier. It breaks then, and the one
    /// after it brings that first.</summary>
    public void Keep(int from, int to)
    {
        _old.Keep(from, to);
        foreach (Line line in _lines.Where(line => line.Pair == Pair(from, to)).ToArray())
            Drop(line, isSilent: false);
    }

    /// <summary>A process has died: its machine says so, or nobody does.</summary>
    public void Kill(NodeProcess node, bool isSilent)
    {
        if (_listeners.TryGetValue(node.Machine, out Listener? listener) && listener.Node == node)
            _listeners.Remove(node.Machine);
        foreach (Line line in _lines.Where(line => line.Node == node).ToArray())
            Drop(line, isSilent);
    }

    private void Drop(Line line, bool isSilent)
    {
        _lines.Remove(line);
        _lines.Remove(line.Other);
        if (isSilent)
            line.IsSilent = line.Other.IsSilent = true;
        else
            line.Cut();
    }

    private bool IsCut((int, int) pair) => _cuts.TryGetValue(pair, out TimeSpan until) && until > world.Clock.Elapsed;

    private static (int, int) Pair(int one, int other) => one < other ? (one, other) : (other, one);

    private sealed class Network(NodeLines lines, NodeProcess node) : ILinkNetwork
    {
        public ILinkListener Listen(LinkAddress address) => lines._listeners[node.Machine] = new Listener(node, address);

        public async ValueTask<ILinkLine> DialAsync(LinkAddress address, CancellationToken cancellation)
        {
            int machine = address.Port;
            (int, int) pair = Pair(node.Machine, machine);
            if (lines.IsCut(pair))
            {
                await Task.Delay(TimeSpan.FromMinutes(1), node.Clock, cancellation);        // the one who dials gives up before
                throw new IOException("The way was cut.");
            }

            if (!lines._listeners.TryGetValue(machine, out Listener? listener))
                throw new IOException($"Nobody listens at {address}.");
            var one = new Line(lines, node, pair, (node.Machine, machine));
            var other = new Line(lines, listener.Node, pair, null);
            (one.Other, other.Other) = (other, one);
            lines._lines.AddRange([one, other]);
            lines.After(1, () => listener.Add(other));
            return one;
        }
    }

    private void After(int milliseconds, Action action) => world.After(milliseconds, action);

    private sealed class Listener(NodeProcess node, LinkAddress address) : ILinkListener
    {
        private readonly Queue<Line> _waiting = new();
        private TaskCompletionSource<ILinkLine>? _accepting;

        public NodeProcess Node => node;

        public LinkAddress Address => address;

        public void Add(Line line)
        {
            if (_accepting is { } accepting)
            {
                _accepting = null;
                accepting.TrySetResult(line);
            }
            else
            {
                _waiting.Enqueue(line);
            }
        }

        public ValueTask<ILinkLine> AcceptAsync(CancellationToken cancellation)
        {
            if (_waiting.TryDequeue(out Line? line))
                return ValueTask.FromResult<ILinkLine>(line);
            _accepting = new TaskCompletionSource<ILinkLine>(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask<ILinkLine>(_accepting.Task);
        }

        public ValueTask DisposeAsync()
        {
            _accepting?.TrySetCanceled(CancellationToken.None);
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>One end of a connection.</summary>
    /// <param name="lines">All connections.</param>
    /// <param name="node">Whose end it is.</param>
    /// <param name="pair">The machines.</param>
    /// <param name="way">From where to where it was dialled; null: it is the other end.</param>
    private sealed class Line(NodeLines lines, NodeProcess node, (int, int) pair, (int From, int To)? way) : ILinkLine
    {
        /// <summary>What either end says before there are rows and credit.</summary>
        private const int HandshakeSends = 2;

        private readonly Queue<ReadOnlyMemory<byte>> _come = new();
        private TaskCompletionSource? _arrival;
        private TimeSpan _lastArrival;
        private int _sends;
        private bool _isClosed, _isBroken, _isFinished;

        public NodeProcess Node => node;

        public (int, int) Pair => pair;

        public Line Other { get; set; } = null!;

        /// <summary>Whatever is sent from now on vanishes, and nobody is told.</summary>
        public bool IsSilent { get; set; }

        public ValueTask OpenAsync(CancellationToken cancellation) => ValueTask.CompletedTask;

        public async ValueTask<int> ReceiveAsync(Memory<byte> room)
        {
            while (_come.Count == 0)
            {
                if (_isBroken)
                    throw new IOException("The connection was cut.");
                if (_isFinished)
                    return 0;
                _arrival = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await _arrival.Task;
            }

            ReadOnlyMemory<byte> first = _come.Peek();
            int count = Math.Min(room.Length, first.Length);
            first[..count].CopyTo(room);
            _come.Dequeue();
            if (count < first.Length)
            {
                // the rest stays the first
                ReadOnlyMemory<byte>[] others = [.. _come];
                _come.Clear();
                _come.Enqueue(first[count..]);
                foreach (ReadOnlyMemory<byte> one in others)
                    _come.Enqueue(one);
            }

            return count;
        }

        public ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
        {
            if (_isBroken || _isClosed)
                throw new IOException("The connection was cut.");
            byte[] copy = bytes.ToArray();
            int times = 1;
            if (way is not null && _sends == HandshakeSends)
                BeginAsBefore();
            if (way is not null && lines._old.Takes(this, copy))
            {
                lines.Drop(this, isSilent: false);
                return ValueTask.CompletedTask;
            }

            if (lines.Tampers != 0 && _sends > HandshakeSends)
                (times, lines.Tampers) = (lines.Tampers > 0 ? 2 : 0, 0);
            _sends++;
            for (; times > 0; times--)
                Deliver(() => Come(copy));
            return ValueTask.CompletedTask;
        }

        public ValueTask FinishAsync()
        {
            Deliver(() =>
            {
                Other._isFinished = true;
                Set(ref Other._arrival);
            });
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            if (_isClosed)
                return ValueTask.CompletedTask;
            _isClosed = true;
            lines._lines.Remove(this);
            FinishAsync();
            Break();
            return ValueTask.CompletedTask;
        }

        /// <summary>Both ends find the connection broken; what is under way may still come before they do.</summary>
        public void Cut()
        {
            lines.After(lines.World.Random.Next(30), Break);
            lines.After(lines.World.Random.Next(30), Other.Break);
        }

        private void Come(byte[] piece)
        {
            Other._come.Enqueue(piece);
            Set(ref Other._arrival);
        }

        /// <summary>What another connection had carried comes first, and what is sent now is late.</summary>
        private void BeginAsBefore()
        {
            IReadOnlyList<byte[]> before = lines._old.Open(way!.Value, this);
            foreach (byte[] piece in before)
                Deliver(() => Come(piece));
            if (before.Count > 0)
                _lastArrival += TimeSpan.FromMilliseconds(lines.World.Random.Between(100, 900));
        }

        private void Break()
        {
            _isBroken = true;
            _come.Clear();
            Set(ref _arrival);
        }

        private void Deliver(Action arrive)
        {
            if (IsSilent)
                return;
            TimeSpan now = lines.World.Clock.Elapsed, at = now + TimeSpan.FromMicroseconds(
                !lines.World.IsCalm && lines.World.Random.Chance(10) ? lines.World.Random.Between(20_000, 900_000)
                : lines.World.Random.Between(100, 3_000));
            _lastArrival = at > _lastArrival ? at : _lastArrival;
            lines.World.After(_lastArrival - now, () =>
            {
                if (!Other._isBroken)
                    arrive();
            });
        }

        private static void Set(ref TaskCompletionSource? waiting)
        {
            waiting?.TrySetResult();
            waiting = null;
        }
    }

    private NodesWorld World => world;
}
