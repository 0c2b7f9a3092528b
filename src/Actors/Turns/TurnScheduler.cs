using System.Collections.Concurrent;
using Akka.Actor;

namespace ActorStreams.Actors.Turns;

/// <summary>Makes every continuation of an actor's asynchronous code a message to that actor: a turn of its own, between which the mailbox
/// stays open.</summary>
/// <remarks>
/// <c>ReceiveAsync</c> would suspend the mailbox while anything is awaited: questions and credits would wait for a sink that flushes. An
/// actor that is stopped while its code still runs leaves that code to the thread pool, one turn at a time, so that what was begun comes to
/// its end: files are closed, whoever waits is told.
/// </remarks>
/// <param name="elsewhere">Where turns are taken once the actor has stopped.</param>
internal sealed class TurnScheduler(Action<Action> elsewhere) : TaskScheduler
{
    private IActorRef _actor = ActorRefs.Nobody;
    private readonly ConcurrentQueue<Task> _ready = new();
    private volatile bool _isStopped;
    private int _runsRest;

    /// <summary>Whose actor takes something in on this thread; null: none does.</summary>
    [ThreadStatic]
    private static TurnScheduler? s_receiving;

    /// <summary>Turns that are ready and for which no message was sent; touched on the actor's own thread only.</summary>
    private int _untold;

    /// <summary>The thread pool, for turns of actors that have stopped.</summary>
    public static void OnPool(Action turns) => ThreadPool.UnsafeQueueUserWorkItem(static turns => turns(), turns, preferLocal: false);

    /// <summary>The actor has stopped: turns are taken elsewhere.</summary>
    public bool IsStopped => _isStopped;

    /// <summary>Says whose turns these are; once, before the first of them.</summary>
    public IActorRef Bind(IActorRef actor) => _actor = actor;

    /// <summary>Takes the next turn; called in the actor's <c>Receive</c>.</summary>
    public void TakeTurn()
    {
        if (_ready.TryDequeue(out Task? task))
            TryExecuteTask(task);
    }

    /// <summary>The actor takes in what it was told. Continuations that this sets free follow in the same turn, without another
    /// message.</summary>
    public void BeginReceive() => s_receiving = this;

    /// <summary>The other end of <see cref="BeginReceive"/>: takes the turns that have come meanwhile.</summary>
    public void EndReceive()
    {
        s_receiving = null;
        for (; _untold > 0; _untold--)
            TakeTurn();
    }

    /// <summary>The actor has stopped.</summary>
    public void Stop()
    {
        _isStopped = true;
        Interlocked.MemoryBarrier();
        RunRest();
    }

    protected override void QueueTask(Task task)
    {
        _ready.Enqueue(task);
        if (ReferenceEquals(s_receiving, this))
        {
            _untold++;
            return;
        }

        Interlocked.MemoryBarrier();
        if (_isStopped)
            RunRest();
        else
            _actor.Tell(Turn.Next, ActorRefs.NoSender);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && ReferenceEquals(Current, this) && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => _ready;

    /// <summary>Takes the turns of an actor that is not there any more, one at a time.</summary>
    private void RunRest()
    {
        if (!_ready.IsEmpty && Interlocked.Exchange(ref _runsRest, 1) == 0)
            elsewhere(DrainRest);
    }

    private void DrainRest()
    {
        while (_ready.TryDequeue(out Task? task))
            TryExecuteTask(task);
        Volatile.Write(ref _runsRest, 0);
        Interlocked.MemoryBarrier();
        RunRest();
    }
}
