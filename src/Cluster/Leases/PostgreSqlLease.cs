using ActorStreams.Persistence.PostgreSql;
using Akka.Actor;
using Akka.Coordination;
using Akka.Event;

namespace ActorStreams.Cluster.Leases;

/// <summary>
/// A lease of Akka.Coordination that is a row of PostgreSQL: of the two sides of a cluster that do not see each other the one lives that
/// gets it (the split-brain resolver <c>lease-majority</c>). Settings: <c>actorstreams.cluster.lease</c>.
/// </summary>
/// <remarks>While it is held, the row is renewed every <c>heartbeat-interval</c>. A row that is not renewed for <c>heartbeat-timeout</c>,
/// by the clock of the server, is anybody's.</remarks>
/// <seealso href="https://getakka.net/articles/clustering/split-brain-resolver.html">What the resolver does with a lease.</seealso>
internal sealed class PostgreSqlLease : Lease
{
    private const string Section = "actorstreams.cluster.lease";

    private readonly PostgreSqlLeaseRow _row;
    private readonly TimeProvider _clock;
    private readonly ILoggingAdapter _log;
    private readonly Lock _lock = new();

    /// <summary>When it was taken or renewed last; null: it is not held.</summary>
    private long? _heldAt;
    private Action<Exception?>? _onLost;
    private ITimer? _beating;

    /// <param name="settings">What <c>actorstreams.cluster.lease</c> says.</param>
    /// <param name="system">Its jobs' clock gives the time.</param>
    /// <exception cref="PipelineException">There is no connection string, or a setting cannot be read.</exception>
    public PostgreSqlLease(LeaseSettings settings, ExtendedActorSystem system)
        : this(settings, system, system.ActorStreams().Options.Clock)
    {
    }

    /// <param name="settings">What <c>actorstreams.cluster.lease</c> says.</param>
    /// <param name="system">Whose it is.</param>
    /// <param name="clock">Gives the time.</param>
    internal PostgreSqlLease(LeaseSettings settings, ActorSystem system, TimeProvider clock)
        : base(settings)
    {
        _clock = clock;
        _log = Logging.GetLogger(system, typeof(PostgreSqlLease));
        string connection = settings.LeaseConfig.GetString("connection-string");
        if (connection is null or "" or "off")
        {
            throw new PipelineException($"ActorSystem '{system.Name}': the lease '{settings.LeaseName}' needs a database that all nodes " +
                $"reach. Set {Section}.connection-string to PostgreSQL's connection string, or choose another split-brain resolver.");
        }

        TimeoutSettings times = settings.TimeoutSettings;
        if (times.HeartbeatInterval <= TimeSpan.Zero || times.HeartbeatTimeout < 3 * times.HeartbeatInterval)
        {
            throw new PipelineException($"ActorSystem '{system.Name}': the setting '{Section}.heartbeat-timeout' is " +
                $"{times.HeartbeatTimeout}. It must be at least three times '{Section}.heartbeat-interval', which is " +
                $"{times.HeartbeatInterval}.");
        }

        _row = new PostgreSqlLeaseRow(connection, settings.LeaseConfig.GetString("table"), settings.LeaseName, settings.OwnerName,
            times.HeartbeatTimeout, times.OperationTimeout);
    }

    /// <inheritdoc/>
    public override Task<bool> Acquire() => Acquire(static _ => { });

    /// <inheritdoc/>
    public override async Task<bool> Acquire(Action<Exception?> leaseLostCallback)
    {
        long asked = _clock.GetTimestamp();
        if (!await _row.TakeAsync())
            return false;
        lock (_lock)
        {
            (_heldAt, _onLost) = (asked, leaseLostCallback);
            Schedule();
        }

        return true;
    }

    /// <inheritdoc/>
    public override async Task<bool> Release()
    {
        lock (_lock)
        {
            _beating?.Dispose();
            (_heldAt, _onLost, _beating) = (null, null, null);
        }

        await _row.FreeAsync();
        return true;
    }

    /// <inheritdoc/>
    public override bool CheckLease()
    {
        lock (_lock)
            return _heldAt is { } at && _clock.GetElapsedTime(at) < Settings.TimeoutSettings.HeartbeatTimeout;
    }

    /// <summary>The lock is held.</summary>
    private void Schedule()
    {
        _beating?.Dispose();
        _beating = _clock.CreateTimer(static self => _ = ((PostgreSqlLease)self!).BeatAsync(), this,
            Settings.TimeoutSettings.HeartbeatInterval, Timeout.InfiniteTimeSpan);
    }

    private async Task BeatAsync()
    {
        long asked = _clock.GetTimestamp();
        bool? isOurs = null;
        Exception? error = null;
        try
        {
            isOurs = await _row.RenewAsync();
        }
        catch (Exception failed)
        {
            error = failed;                             // the database may be back in time
            _log.Warning(failed, "The lease '{0}' of {1} could not be renewed; tried again in {2}.", Settings.LeaseName,
                Settings.OwnerName, Settings.TimeoutSettings.HeartbeatInterval);
        }

        Action<Exception?>? lost = null;
        lock (_lock)
        {
            if (_heldAt is not { } heldAt)
                return;                                 // given back meanwhile
            if (isOurs == true)
                _heldAt = asked;
            if (isOurs == false || (isOurs is null && _clock.GetElapsedTime(heldAt, asked) >= Settings.TimeoutSettings.HeartbeatTimeout))
                (lost, _heldAt, _onLost) = (_onLost, null, null);
            else
                Schedule();
        }

        lost?.Invoke(error);
    }
}
