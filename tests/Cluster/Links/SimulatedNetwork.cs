using ActorStreams.Cluster.Links;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>A network that delays bytes, cuts them into pieces, breaks connections and leaves them half-open, by a seed and in virtual
/// time.</summary>
internal sealed class SimulatedNetwork(SimulatedHost host) : ILinkNetwork
{
    /// <summary>What is under way in one direction before a sender must wait.</summary>
    private const int WindowBytes = 20_000;

    private readonly Dictionary<int, Listener> _listeners = [];
    private int _ports;

    /// <summary>Every connection that was made, as its dialling end.</summary>
    public List<Line> Lines { get; } = [];

    /// <summary>Nobody can be reached.</summary>
    public bool IsDown { get; set; }

    public ILinkListener Listen(LinkAddress address)
    {
        LinkAddress at = address with { Port = ++_ports };
        return _listeners[at.Port] = new Listener(this, at);
    }

    public ValueTask<ILinkLine> DialAsync(LinkAddress address, CancellationToken cancellation) =>
        ValueTask.FromResult<ILinkLine>(Dial(address));

    public Line Dial(LinkAddress address)
    {
        if (IsDown || !_listeners.TryGetValue(address.Port, out Listener? listener))
            throw new IOException($"Nobody listens at {address}.");
        var one = new Line(host);
        var other = new Line(host);
        (one.Other, other.Other) = (other, one);
        Lines.Add(one);
        listener.Add(other);
        return one;
    }

    private sealed class Listener(SimulatedNetwork network, LinkAddress address) : ILinkListener
    {
        private readonly Queue<Line> _waiting = new();
        private TaskCompletionSource<ILinkLine>? _accepting;

        public LinkAddress Address => address;

        public void Add(Line line)
        {
            if (_accepting is { } accepting)
            {
                _accepting = null;
                accepting.SetResult(line);
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
            network._listeners.Remove(address.Port);
            _accepting?.TrySetCanceled();
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>One end of a connection.</summary>
    internal sealed class Line(SimulatedHost host) : ILinkLine
    {
        private readonly Queue<byte> _come = new();
        private TaskCompletionSource? _arrival, _window;
        private TimeSpan _lastArrival;
        private int _underWay;
        private bool _isClosed, _isBroken, _isFinished;

        public Line Other { get; set; } = null!;

        /// <summary>All that was sent by this end.</summary>
        public List<byte> Sent { get; } = [];

        /// <summary>Whatever is sent from now on vanishes, in both directions, and nobody is told.</summary>
        public bool IsHalfOpen { get; set; }

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

            int count = Math.Min(Math.Min(room.Length, _come.Count), 1 << host.Random.Next(0, 15));
            for (int at = 0; at < count; at++)
                room.Span[at] = _come.Dequeue();
            return count;
        }

        public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
        {
            while (_underWay > WindowBytes && !_isBroken)
            {
                _window = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await _window.Task;
            }

            if (_isBroken || _isClosed)
                throw new IOException("The connection was cut.");
            byte[] copy = bytes.ToArray();
            Sent.AddRange(copy);
            _underWay += copy.Length;
            Deliver(() =>
            {
                _underWay -= copy.Length;
                Set(ref _window);
                foreach (byte one in copy)
                    Other._come.Enqueue(one);
                Set(ref Other._arrival);
            });
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
            FinishAsync();
            Break();
            return ValueTask.CompletedTask;
        }

        /// <summary>Both ends find the connection broken; what is under way is lost.</summary>
        public void Cut()
        {
            Break();
            Other.Break();
        }

        private void Break()
        {
            _isBroken = true;
            _come.Clear();
            Set(ref _arrival);
            Set(ref _window);
        }

        private void Deliver(Action arrive)
        {
            if (IsHalfOpen || Other.IsHalfOpen)
                return;
            TimeSpan at = host.Clock.Elapsed + TimeSpan.FromMicroseconds(host.Random.Next(1, 3_000));
            _lastArrival = at > _lastArrival ? at : _lastArrival;
            host.Clock.CreateTimer(_ =>
            {
                if (!_isBroken || _isClosed)
                    arrive();
            }, null, _lastArrival - host.Clock.Elapsed, Timeout.InfiniteTimeSpan);
        }

        private static void Set(ref TaskCompletionSource? waiting)
        {
            waiting?.TrySetResult();
            waiting = null;
        }
    }
}
