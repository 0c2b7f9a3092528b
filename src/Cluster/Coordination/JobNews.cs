using ActorStreams.Cluster.Figures;

namespace ActorStreams.Cluster.Coordination;

/// <summary>The notices of a job, kept at the coordinator until nodes ask for them: each is told to every node once.</summary>
/// <remarks>A node that asks for the first time hears those of the last seconds, not what happened before it was there. Called from any
/// thread.</remarks>
/// <param name="clock">The time.</param>
/// <param name="id">The coordinator, by a number that no other has.</param>
internal sealed class JobNews(TimeProvider clock, long id)
{
    private const int Most = 64;

    /// <summary>Nodes ask each second, so a node that takes part from the beginning hears what happened before it could ask.</summary>
    private static readonly TimeSpan s_forNewcomers = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Queue<(NoticeTold Notice, long At)> _notices = [];
    private long _last;
    private string _cause = "";

    /// <summary>Why the next attempt begins: what ended the one before, as far as this coordinator knows.</summary>
    public string Cause
    {
        get
        {
            lock (_lock)
                return _cause;
        }
    }

    /// <summary>The coordinator's job tells something.</summary>
    public void Add(JobNotice notice)
    {
        lock (_lock)
        {
            if (notice.Kind is JobNoticeKind.Restarting or JobNoticeKind.Moving or JobNoticeKind.NotBegun)
                _cause = notice.Error?.Message ?? notice.Message;
            Add("", notice.Kind, notice.Message, notice.Error?.Message ?? "", notice.Error);
        }
    }

    /// <summary>An instance of a node has told something.</summary>
    public void Add(NoticeRaised raised)
    {
        lock (_lock)
            Add(raised.Node, raised.Kind, raised.Message, raised.Error, cause: null);
    }

    /// <summary>What a node has not heard yet.</summary>
    /// <param name="of">The coordinator whose notices it has heard; 0: it has heard none.</param>
    /// <param name="last">The last of them.</param>
    public IReadOnlyList<NoticeTold> After(long of, long last)
    {
        lock (_lock)
        {
            return of == id ? [.. _notices.Where(one => one.Notice.Number > last).Select(static one => one.Notice)]
                : of != 0 ? [.. _notices.Select(static one => one.Notice)]
                : [.. _notices.Where(one => clock.GetElapsedTime(one.At) <= s_forNewcomers).Select(static one => one.Notice)];
        }
    }

    private void Add(string node, JobNoticeKind kind, string message, string error, Exception? cause)
    {
        if (_notices.Count == Most)
            _notices.Dequeue();
        _notices.Enqueue((new NoticeTold(id, ++_last, node, kind, message, error) { Cause = cause }, clock.GetTimestamp()));
    }
}
