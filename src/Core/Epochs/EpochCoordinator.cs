using ActorStreams.Core.Exchange;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Stages;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Epochs;

/// <summary>Does what the <see cref="EpochMachine"/> decides: in turns of its own place, to which everything comes as a message.</summary>
/// <remarks>Its numbers are read from other threads; each is written in its turns only.</remarks>
internal sealed class EpochCoordinator
{
    private static readonly EpochNews s_due = new(EpochCause.Due), s_asked = new(EpochCause.Asked), s_stop = new(EpochCause.Stop),
        s_work = new(EpochCause.Work);

    private readonly Pipeline _pipeline;
    private readonly JobOptions _options;
    private readonly JobBuild _build;
    private readonly EpochMachine _machine;
    private readonly EpochContent _content;
    private readonly EpochWriter? _writer;
    private readonly EpochAsks _asks;
    private readonly CancellationToken _stopping;
    private readonly TaskCompletionSource<bool> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StagePlace? _place;
    private ITimer? _timer;
    private CancellationTokenRegistration _onStop;
    private Task _writing = Task.CompletedTask;
    private bool _isRunning;
    private long _committed;
    private long _began = EventTime.MaxValue;

    /// <param name="pipeline">What runs.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="journal">The store; null: none.</param>
    /// <param name="committed">The last committed epoch.</param>
    /// <param name="restored">What it left; null: nothing.</param>
    /// <param name="retention">How long epochs stay readable.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="build">Its instances.</param>
    /// <param name="stopping">The attempt ends.</param>
    public EpochCoordinator(Pipeline pipeline, JobOptions options, JobJournal? journal, long committed, Manifest? restored,
        EpochRetention retention, long attempt, JobBuild build, CancellationToken stopping)
    {
        (_pipeline, _options, _build, _committed, _stopping) = (pipeline, options, build, committed, stopping);
        _machine = new EpochMachine(attempt, committed, build.Actors.Count, build.Actors.Count(actor => actor.Source is not null),
            build.Work.IsUsed, options.AvailableNow);
        _content = new EpochContent(pipeline, options, build.Shards, restored, retention);
        _writer = journal is null ? null : new EpochWriter(pipeline.Name, options, journal, Pause);
        _asks = new EpochAsks(options.Clock, options.AskedEpochsApart);
    }

    /// <summary>True once every source has ended and everything is committed; false once the job was stopped, or has read what was
    /// available; fails with the attempt.</summary>
    public Task<bool> Result => _result.Task;

    public long Committed => Volatile.Read(ref _committed);

    /// <summary>When the epoch that is ending was asked to (<see cref="SourceClockwork.Now"/>); the largest value: none is.</summary>
    public long Began => Volatile.Read(ref _began);

    /// <summary>Whether all actors have reported, and the store has the epoch now.</summary>
    public bool IsCommitting => _writer is { IsWriting: true };

    /// <summary>Why the store takes nothing at the moment, and since when; null when it does.</summary>
    public StoreTrouble? StoreTrouble => _writer?.Trouble;

    /// <summary>What the epoch on its way waits for, in words.</summary>
    public string Waiting
    {
        get
        {
            if (StoreTrouble?.Error is { } error)
                return $"the store takes nothing ({OperatorErrors.Sentence(error)[..^1]})";
            string[] silent = [.. Silent().Select(number => $"'{_build.Actors[number].Name}'")];
            return silent.Length == 0 ? "it waits for the store"
                : $"it waits for {string.Join(", ", silent.Take(5))}{(silent.Length > 5 ? $" and {silent.Length - 5} more" : "")}, or what stands before them";
        }
    }

    /// <summary>The numbers of the instances that have not reported for it yet.</summary>
    public IEnumerable<int> Silent() =>
        Enumerable.Range(0, _build.Actors.Count).Where(number => _machine.Reports[number] is null);

    /// <summary>The coordinator has a place to run in: what is told arrives there.</summary>
    public void Open(StagePlace place) => Volatile.Write(ref _place, place);

    /// <summary>Begins with epochs. In a turn of the place.</summary>
    public void Start(CancellationToken stop)
    {
        _isRunning = true;
        _timer = _options.Clock.CreateTimer(static self => ((EpochCoordinator)self!).Tell(s_due), this, Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
        _build.Work.Changed = () => Tell(s_work);
        _onStop = stop.UnsafeRegister(static self => ((EpochCoordinator)self!).Tell(s_stop), this);
        _timer.Change(_options.EpochInterval, Timeout.InfiniteTimeSpan);
        Advance();
    }

    /// <summary>The attempt has failed, or ends: no further epoch.</summary>
    public void Fail(Exception error)
    {
        if (error is OperationCanceledException cancelled)
            _result.TrySetCanceled(cancelled.CancellationToken);
        else
            _result.TrySetException(error);
    }

    /// <summary>No further epoch comes: whoever waits for one is told. In a turn of the place.</summary>
    public void End()
    {
        _isRunning = false;
        _asks.End(new JobException(
            $"Pipeline '{_pipeline.Name}': the run of the job has ended after epoch {Committed}, and no epoch was committed for this call. If the job restarts, ask again."));
    }

    /// <summary>Waits for what is still on its way to the store, and lets everything go. In a turn of the place.</summary>
    public async Task CloseAsync()
    {
        End();
        await _onStop.DisposeAsync();
        if (_timer is not null)
            await _timer.DisposeAsync();
        await _writing;
    }

    /// <summary>The interval is over, or somebody does not want to wait for it: an epoch begins after this call, at once or when the one on
    /// its way is committed.</summary>
    public void RequestEpoch() => Tell(s_due);

    /// <summary>Somebody does not want to wait for the end of the interval, but may have to wait a few milliseconds, and is told of the
    /// commit anyway.</summary>
    public void AskForEpoch() => Tell(s_asked);

    /// <summary>The same, and tells.</summary>
    /// <returns>The number of an epoch that began after this call, once it is committed.</returns>
    /// <exception cref="JobException">The run has ended, or ends before.</exception>
    public async Task<long> CommitAsync()
    {
        var ask = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _place!.RunAsync(() =>
        {
            _asks.Add(ask);
            Advance();
        });
        return await ask.Task;
    }

    /// <summary>Takes in what was told, in a turn of the place.</summary>
    public void Take(object message)
    {
        switch (message)
        {
            case EpochReported reported:
                _machine.OnReport(reported.Attempt, reported.Instance, reported.Report);
                break;
            case SourceEnded ended:
                _machine.OnSourceEnded(ended.Attempt, ended.Instance);
                break;
            case CommitTaken taken:
                _machine.OnTold(taken.Attempt);
                break;
            case NodeWaits waits when waits.Attempt == _machine.Attempt:
                _writer?.OnNode(waits.Node, waits.Error, _machine.Committed + 1);
                break;
            case EpochNews { Cause: EpochCause.Due }:
                _machine.OnDue();
                break;
            case EpochNews { Cause: EpochCause.Asked }:
                _asks.AddSilently();
                break;
            case EpochNews { Cause: EpochCause.Stop }:
                _machine.OnStop();
                break;
        }

        Advance();
    }

    private void Tell(object message) => Volatile.Read(ref _place)?.Tell(message);

    private void Advance()
    {
        while (_isRunning && !_result.Task.IsCompleted)
        {
            TimeSpan? asked = _asks.Due;
            if (asked == TimeSpan.Zero)
                _machine.OnDue();
            else if (asked is { } soon)
                _timer!.Change(soon, Timeout.InfiniteTimeSpan);
            if (!Do(_machine.Next(_build.Work.WantsEpoch)))
                return;
        }
    }

    /// <returns>Whether to go on.</returns>
    private bool Do(EpochStep step)
    {
        switch (step)
        {
            case EpochStep.Begin:
                _asks.OnBegun();
                Volatile.Write(ref _began, SourceClockwork.Now(_options.Clock));
                TellAll(areSources: true, new BarrierRequest(_machine.Committed + 1, _machine.Kind));
                return true;
            case EpochStep.Commit:
                _writing = _place!.RunAsync(WriteAsync);   // its continuations are turns of the place, too
                return false;
            case EpochStep.Tell:
                Volatile.Write(ref _committed, _machine.Committed);
                TellAll(areSources: false, new EpochCommitted(_machine.Committed));
                return true;
            case EpochStep.Acknowledge:
                TellAll(areSources: true, new EpochCommitted(_machine.Committed));
                return true;
            case EpochStep.Finish:
                Finish();
                _timer!.Change(_options.EpochInterval, Timeout.InfiniteTimeSpan);
                return true;
            case EpochStep.End:
                Finish();
                _result.TrySetResult(_machine.Kind == BarrierKind.End);
                return false;
            default:
                return false;
        }
    }

    /// <summary>Views show the epoch, and sources have acknowledged its rows.</summary>
    private void Finish()
    {
        Volatile.Write(ref _began, EventTime.MaxValue);
        _asks.OnCommitted(_machine.Committed);
    }

    private async Task WriteAsync()
    {
        try
        {
            if (_writer is not null)
                await _writer.WriteAsync(_content.Of(_machine.Committed + 1, _machine.Kind, _machine.Reports!), _stopping);
            _machine.OnStored();
            Advance();
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }

    private void Pause(bool isPaused) => TellAll(areSources: true, new PauseRequest(isPaused));

    private void TellAll(bool areSources, object message)
    {
        foreach (StageLoop actor in _build.Actors)
        {
            if (actor.Source is not null == areSources)
                actor.Context.Inbox.Tell(message, isUrgent: true);
        }
    }
}
