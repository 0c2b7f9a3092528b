using ActorStreams.Core.Options;

namespace ActorStreams.TestKit;

/// <summary>One seed: the run without faults, the run with them, and the comparison.</summary>
internal sealed class SimulationRun
{
    private const string JobName = "simulated";

    private readonly ulong _seed;
    private readonly Action<Pipeline, SimulatedWorld> _build;
    private readonly SimulationOptions _options;
    private readonly VirtualClock _clock = new();
    private readonly SimulatedDisk _disk = new();
    private readonly FaultPlan _faults;
    private readonly SimulatedWorld _world;
    private readonly List<SimulationScheduler> _alive = [];
    private readonly List<Job> _zombies = [];
    private SimulationScheduler _process;
    private SimulatedStore _store;
    private int _parallelism;
    private int _processes;
    private long _acknowledged;
    private bool _mayBeFenced;
    private bool _restarts;
    private bool _hasCrashed;
    private TimeSpan? _deadline;

    public SimulationRun(ulong seed, Action<Pipeline, SimulatedWorld> build, SimulationOptions options)
    {
        (_seed, _build, _options) = (seed, build, options);
        _faults = options.CrashAtStep is null
            ? FaultPlan.Of(seed, SimulationRandom.For(seed, "target").Between(options.MinFaults, options.MaxFaults))
            : FaultPlan.Of(seed, 0);
        _world = new SimulatedWorld(seed, _clock, _faults);
        _process = new SimulationScheduler(seed, _clock) { StallsPerMille = options.CrashAtStep is null ? 20 : 0 };
        _store = new SimulatedStore(_disk, _process, _faults);
    }

    public SimulationReport Execute()
    {
        IReadOnlyList<string> expected = WithoutFaults();
        RunBefore(_disk);
        _store = new SimulatedStore(_disk, _process, _faults);
        while (!RunProcess())
        {
        }

        Compare(expected, "");
        long epochs = _store.LastEpoch(JobName);

        // A job that is complete has nothing left to do.
        while (!RunProcess())
        {
        }

        Compare(expected, " after the completed job was started once more");
        foreach (SimulationScheduler process in _alive)
            process.Kill();
        return new SimulationReport(_seed, _process.TraceHash, _process.Steps, epochs, _processes, _clock.Elapsed, expected.Count,
            _faults.Counts)
        { Shown = expected };
    }

    private IReadOnlyList<string> WithoutFaults()
    {
        var scheduler = new SimulationScheduler(_seed);
        var world = new SimulatedWorld(_seed, scheduler.Clock, FaultPlan.None());
        var disk = new SimulatedDisk();
        RunBefore(disk);
        var store = new SimulatedStore(disk);
        var options = new JobOptions
        {
            Parallelism = 1,
            Shards = 8,
            MaxEventTimeAhead = null,
            Restart = RestartPolicy.None,
            OnNotice = static _ => { }
        }.On(scheduler);
        scheduler.Run(async () =>
        {
            await using Job job = await Job.StartAsync(Build(world), store, options);
            scheduler.Describe = () => JobText.Of(job);
            await job.Completion;
        });
        return world.Show(store);
    }

    /// <summary>Runs the jobs that come before the simulated one, each to its end, without faults.</summary>
    private void RunBefore(SimulatedDisk disk)
    {
        var world = new SimulatedWorld(_seed, new VirtualClock(), FaultPlan.None());
        Build(world);
        foreach ((string name, Action<Pipeline, SimulatedWorld> build) in world.Earlier)
        {
            var scheduler = new SimulationScheduler(_seed, world.Clock);
            Pipeline pipeline = Pipeline.Create(name);
            build(pipeline, world);
            var options = new JobOptions { Parallelism = 1, MaxEventTimeAhead = null }.On(scheduler);
            scheduler.Run(async () =>
            {
                await using Job job = await Job.StartAsync(pipeline, new SimulatedStore(disk), options);
                await job.Completion;
            });
        }
    }

    private Pipeline Build(SimulatedWorld world)
    {
        Pipeline pipeline = Pipeline.Create(JobName);
        _build(pipeline, world);
        return pipeline;
    }

    /// <returns>Whether the job is complete; false if it must be started again.</returns>
    private bool RunProcess()
    {
        _process = _processes++ == 0 ? _process : _process.NewProcess();
        _alive.Add(_process);
        SimulationScheduler scheduler = _process;
        JobOptions options = DrawOptions();
        long lastEpoch = _store.LastEpoch(JobName);
        Task<Job> starting = scheduler.Start(() => Job.StartAsync(Build(_world), _store, options));
        scheduler.Describe = () => starting.IsCompletedSuccessfully ? JobText.Of(starting.Result) : "The job is starting.";
        long actAt = _options.CrashAtStep ?? scheduler.Steps +
            (_faults.Random.Chance(250) ? _faults.Random.Next(60) : _faults.Random.Next(1500));
        bool isStopping = false;
        while (true)
        {
            if (starting.IsFaulted)
                return Restart(starting, hasOtherCommitted: _store.LastEpoch(JobName) > lastEpoch);
            Job? job = starting.IsCompleted ? starting.Result : null;
            if (job is not null)
            {
                Acknowledge(job);
                if (job.Completion.IsCompletedSuccessfully)
                    return !isStopping && !options.AvailableNow;
                if (job.Completion.IsCompleted)
                    return Restart(job.Completion);
            }

            // The moment between writing and synchronising is short: power cuts are aimed at it.
            if (MayAct() && _options.CrashAtStep is null && _disk.UnsyncedBytes > 0 && _faults.Random.Chance(30))
            {
                Crash();
                return false;
            }

            if (!isStopping && scheduler.Steps >= actAt && MayAct())
            {
                if (!Act(job))
                    return false;
                isStopping = true;
            }

            if (!_faults.IsCalm && _faults.Random.Next(4000) == 0)
            {
                _faults.Count(FaultKind.TimeJump);
                _clock.Jump(TimeSpan.FromMinutes(_faults.Random.Between(-60, 60)));
            }

            StepOrFail(scheduler);
        }
    }

    private bool MayAct() => _options.CrashAtStep is null ? !_faults.IsCalm : !_hasCrashed;

    /// <summary>Does what was drawn for this process.</summary>
    /// <returns>True if the process goes on to stop; false if the next one is to be started.</returns>
    private bool Act(Job? job)
    {
        int kind = _options.CrashAtStep is null ? _faults.Random.Next(10) : 9;
        if (kind is 1 or 2 && _restarts)
            kind = 9;   // a zombie that restarts itself would fence its successor, as two supervisors would each other
        if (kind == 0 && job is not null)
        {
            _faults.Count(FaultKind.Stop);
            _ = _process.Start(async () =>
            {
                await job.StopAsync();
                return true;
            });
            return true;
        }

        if (kind <= 2)
        {
            _faults.Count(FaultKind.Zombie);
            if (job is null)
                _mayBeFenced = true;   // it may yet open the store, after its successor
            else
                _zombies.Add(job);
            return false;
        }

        Crash();
        return false;
    }

    private void Crash()
    {
        _hasCrashed = true;
        _faults.Count(FaultKind.Crash);
        foreach (SimulationScheduler process in _alive)
            process.Kill();
        _alive.Clear();
        _zombies.Clear();
        _mayBeFenced = false;
        if (_disk.Crash(_faults.Random) is { } loss)
            _faults.Count(loss);
        _store = new SimulatedStore(_disk, _process, _faults);
        if (_store.LastEpoch(JobName) < _acknowledged)
            throw new SimulationException(
                $"Epoch {_acknowledged} was acknowledged, but after a crash the store's last epoch is {_store.LastEpoch(JobName)}.");
    }

    private void Acknowledge(Job job)
    {
        _acknowledged = Math.Max(_acknowledged, job.Epoch);
        foreach (Job zombie in _zombies)
            _acknowledged = Math.Max(_acknowledged, zombie.Epoch);
    }

    private bool Restart(Task failed, bool hasOtherCommitted = false)
    {
        Exception error = failed.Exception!.InnerException!;
        // A run that was fenced while it restored may find its epoch trimmed by its successor first, or its offset forgotten by the source.
        bool isExpected = error is InjectedFault
            || (_mayBeFenced && (error is StoreException || (error is SourceException && hasOtherCommitted)));
        return isExpected ? false : throw new SimulationException($"The job failed: {error.Message}", error);
    }

    private void StepOrFail(SimulationScheduler scheduler)
    {
        if (_faults.IsCalm)
            _deadline ??= _clock.Elapsed + _options.LivenessBound;
        if (!scheduler.Step())
            throw scheduler.Failed("Deadlock: nothing is ready, no timer is set, and the job is not done");
        if (_clock.Elapsed > _deadline)
            throw scheduler.Failed($"The faults were over, but the job was not done within {_options.LivenessBound}");
    }

    private JobOptions DrawOptions()
    {
        SimulationRandom random = _faults.Random;
        int parallelism = random.Between(1, 4);
        _restarts = random.Chance(200);
        if (_processes > 1 && parallelism != _parallelism && !_faults.IsCalm)
            _faults.Count(FaultKind.Rescale);
        _parallelism = parallelism;
        return new JobOptions
        {
            Parallelism = parallelism,
            Shards = SimulationRandom.For(_seed, "shards").OneOf(1, 2, 8, 32),
            Restart = _restarts ? new RestartPolicy(3, TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(100)) : RestartPolicy.None,
            BatchRows = random.OneOf(16, 32, 256),
            LaneBatches = random.OneOf(1, 2, 8),
            EpochInterval = TimeSpan.FromMilliseconds(random.OneOf(10, 20, 50, 200)),
            Linger = TimeSpan.FromMilliseconds(random.Next(2)),
            RetainEpochs = random.Between(1, 3),
            AvailableNow = !_faults.IsCalm && SimulationRandom.For(_seed, $"available now {_processes}").Chance(150),
            MaxEventTimeAhead = null,
            Snapshots = DrawSnapshots(),
            OnNotice = static _ => { },
        }.On(_process);
    }

    /// <summary>Snapshots of a few rows, and often budgets that one shard uses up: several epochs go by before each shard has had its
    /// turn.</summary>
    private SnapshotPolicy DrawSnapshots()
    {
        SimulationRandom random = SimulationRandom.For(_seed, $"snapshots {_processes}");
        return new SnapshotPolicy(JournalBytes: random.OneOf(1, 300, 3000), JournalEvents: random.OneOf(1, 2, 5, 20),
            BudgetBytes: random.OneOf(1, 200, 2000, 1_000_000));
    }

    private void Compare(IReadOnlyList<string> expected, string when)
    {
        IReadOnlyList<string> shown = _world.Show(_store);
        if (shown.SequenceEqual(expected, StringComparer.Ordinal))
            return;
        List<string> lost = Minus(expected, shown), added = Minus(shown, expected);
        throw new SimulationException($"The sinks show {shown.Count} rows instead of {expected.Count}{when}. " +
            $"Lost {lost.Count}: {string.Join(" | ", lost.Take(5))}. Doubled or wrong {added.Count}: {string.Join(" | ", added.Take(5))}.");
    }

    private static List<string> Minus(IReadOnlyList<string> rows, IReadOnlyList<string> others)
    {
        var rest = new List<string>(rows);
        foreach (string other in others)
            rest.Remove(other);
        return rest;
    }
}
