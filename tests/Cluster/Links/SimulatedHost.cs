using ActorStreams.Cluster.Links;
using ActorStreams.Core.Exchange;
using ActorStreams.TestKit;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>Places on one thread, whose turns are taken in an order drawn from a seed, in virtual time.</summary>
internal sealed class SimulatedHost(int seed) : ILinkHost
{
    private readonly List<Place> _ready = [];

    public Random Random { get; } = new(seed);

    public VirtualClock Clock { get; } = new();

    /// <summary>Takes turns, and lets time pass where there are none, until something is true.</summary>
    public void RunUntil(Func<bool> isDone, TimeSpan within)
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);         // continuations are turns
        try
        {
            TimeSpan end = Clock.Elapsed + within;
            while (!isDone())
            {
                if (_ready.Count > 0)
                    _ready[Random.Next(_ready.Count)].TakeTurn();
                else if (Clock.Elapsed > end || !Clock.AdvanceToNextTimer())
                    Assert.Fail($"It did not happen within {within}.");
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>Lets something asynchronous come to its end.</summary>
    public void Run(Func<Task> work, TimeSpan? within = null)
    {
        Task running = new Place(this, _ => { }).RunAsync(work);
        RunUntil(() => running.IsCompleted, within ?? TimeSpan.FromMinutes(5));
        running.GetAwaiter().GetResult();
    }

    public StagePlace Open(string name, Action<object> receive) => new Place(this, receive);

    public void Close(StagePlace place)
    {
    }

    private sealed class Place : StagePlace
    {
        private readonly SimulatedHost _host;
        private readonly Turns _turns;
        private readonly Action<object> _receive;

        public Place(SimulatedHost host, Action<object> receive) => (_host, _receive, _turns) = (host, receive, new Turns(this));

        public override TaskScheduler Scheduler => _turns;

        public override void Tell(object message) => _turns.RunAsync(() => _receive(message));

        public void TakeTurn() => _turns.Take();

        private sealed class Turns(Place place) : TaskScheduler
        {
            private readonly Queue<Task> _queue = new();

            public void Take()
            {
                Task turn = _queue.Dequeue();
                if (_queue.Count == 0)
                    place._host._ready.Remove(place);
                TryExecuteTask(turn);
            }

            protected override void QueueTask(Task task)
            {
                _queue.Enqueue(task);
                if (_queue.Count == 1)
                    place._host._ready.Add(place);
            }

            protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

            protected override IEnumerable<Task> GetScheduledTasks() => _queue;
        }
    }
}
