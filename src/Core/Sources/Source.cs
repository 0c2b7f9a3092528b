namespace ActorStreams;

/// <summary>Where rows come from: one or more partitions, each read in order from a position.</summary>
/// <remarks>
/// A job opens every partition once per run, at the offset of the last committed epoch. A source that can read the same rows again from an
/// offset is <see cref="SourceGuarantee.Replayable"/> and gives exactly-once results; any other is as good as its documentation says.
/// </remarks>
/// <typeparam name="T">The row.</typeparam>
public abstract class Source<T>
{
    /// <summary>What is read, for plans and error messages, such as <c>CSV file quakes.csv</c>. Never holds a secret.</summary>
    public abstract string Description { get; }

    /// <summary>Whether rows can be read again after a crash.</summary>
    public abstract SourceGuarantee Guarantee { get; }

    /// <summary>Whether rows come with their event times (<see cref="SourceBuffer{T}.Add(T, long, long)"/>) and the source declares its
    /// watermarks: both are
    /// used then, unless the pipeline says otherwise. Default: false.</summary>
    public virtual bool CarriesEventTimes => false;

    /// <summary>Whether a partition can be opened at the own offset of any of its rows. If not, a restart reads again from the last place
    /// that can be opened,
    /// and skips by number what was committed already: the same rows must come again. Default: false.</summary>
    public virtual bool OpensAtAnyRow => false;

    /// <summary>Whether rows of one read become visible together: an epoch never ends between them, and only where
    /// <see cref="SourceReader{T}.MayEndEpoch"/>
    /// says so. For sources of transactions. Default: false.</summary>
    public virtual bool KeepsReadsWhole => false;

    /// <summary>Whether a reader that is opened with <see cref="SourceContext.AvailableNow"/> ends where its partition ended when it was
    /// opened; if not, a job of
    /// <see cref="JobOptions.AvailableNow"/> refuses the source. Default: false.</summary>
    public virtual bool KnowsItsEnd => false;

    /// <summary>Whether a partition that was read to its end is usually done, as a file is. In a run that reads what is available it then
    /// does not hold back the watermark of the others if there was nothing new
    /// in it; one that more may come for, as for a partition of a topic, does. Default: false.</summary>
    public virtual bool IsDoneAtItsEnd => false;

    /// <summary>What it means when an open partition gives no row. Default: that nothing happens, unless rows can be read again
    /// (<see cref="SourceGuarantee.Replayable"/>): a source that reads a
    /// broker to its end and waits there says so itself.</summary>
    public virtual Silence Silence => Guarantee == SourceGuarantee.Replayable ? Silence.SaysNothing : Silence.NothingHappens;

    /// <summary>Whether its first rows are those that were there when the job first started, as a captured table's are: a stream that is
    /// joined with a table of them waits until they are in
    /// (<see cref="SourceReader{T}.HasSnapshotRows"/> says when). Default: false.</summary>
    public virtual bool HasInitialSnapshot => false;

    /// <summary>The stable names of the partitions, at least one. They key the stored offsets, so they must be the same on every
    /// run.</summary>
    public abstract ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation);

    /// <summary>Told once a job that read the source has ended and will not restart by itself, or could not start. Default:
    /// nothing.</summary>
    /// <param name="context">The job.</param>
    /// <param name="error">Why it failed or was disposed of; null if it is complete or was stopped.</param>
    /// <remarks>Every reader is disposed of by then. The source may be opened again, by a later start. Must not throw.</remarks>
    public virtual void OnJobEnded(SourceContext context, Exception? error)
    {
    }

    /// <summary>Told when a job that reads the source is drained: no rows are wanted but those that were handed over before. From any
    /// thread; must not throw. Default: false.</summary>
    /// <param name="context">The job.</param>
    /// <returns>True: it refuses what comes from now on, gives what it has taken, and ends every partition by itself. False: the job ends
    /// the partitions, those of a source that can be read
    /// again (<see cref="SourceGuarantee.Replayable"/>) where they stand, others once a read has to wait.</returns>
    public virtual bool EndInput(SourceContext context) => false;

    /// <summary>Opens one partition just after <paramref name="from"/>, or at its beginning if that is null.</summary>
    /// <exception cref="SourceException">The partition cannot be opened, or does not hold the offset any more.</exception>
    public abstract ValueTask<SourceReader<T>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation);
}
