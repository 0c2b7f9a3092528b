namespace ActorStreams.Core.Pipelines;

/// <summary>Counts dead letters over the runs of a job, and says when there are many within a minute.</summary>
internal sealed class DeadLetterCount
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);
    private long _committed;
    private long _since;
    private long _inMinute;
    private bool _isTold;

    /// <summary>Those of committed epochs. Any thread may read it.</summary>
    public long Committed => Volatile.Read(ref _committed);

    public void Commit(long letters) => Interlocked.Add(ref _committed, letters);

    /// <summary>Takes note of a letter that is kept, before its epoch is committed. In the actor that writes them.</summary>
    public void Add(DeadLetter letter, JobOptions options)
    {
        if (options.DeadLetters.NoticeAbovePerMinute is not { } most)
            return;
        if (_inMinute == 0 || options.Clock.GetElapsedTime(_since) >= s_minute)
            (_since, _inMinute, _isTold) = (options.Clock.GetTimestamp(), 0, false);
        if (++_inMinute <= most || _isTold)
            return;
        _isTold = true;
        options.Tell(new JobNotice(letter.Pipeline, JobNoticeKind.DeadLetters,
            $"Pipeline '{letter.Pipeline}': more than {most} rows went to the dead letters within a minute; the last one from operator '{letter.Operator}': {letter.Error} " +
            $"Row: {(letter.Payload.Length > 200 ? letter.Payload[..200] + "…" : letter.Payload)}. They are kept where dead letters go, and the job goes on: look there for what they have in common.", null));
    }
}
