using ActorStreams.Connectors.Log.Runtime;

namespace ActorStreams;

/// <summary>Durable, partitioned, replayable logs in the job's own store: how pipelines are composed without a broker.</summary>
/// <remarks>
/// What a job writes to a topic is appended in the transaction of its epoch, and what it has read is committed in the transaction of its
/// own: exactly once from pipeline to pipeline. Event times and the writers' watermarks go with the rows. Rows are stored by the record
/// codec, so that a reader's type may have fields that the writer's has not, and the other way round.
/// </remarks>
public static class Topics
{
    /// <summary>Writes rows to a topic; rows of one key go to one partition and stay in order.</summary>
    /// <param name="name">1 to 64 letters, digits, <c>-</c>, <c>_</c> and <c>.</c> The topic is made when the first job that writes it
    /// starts.</param>
    /// <param name="partitions">How many partitions it has, 1 to 1,024: as many readers work at once at most. Fixed when it is
    /// made.</param>
    /// <param name="keyOf">The key of a row.</param>
    /// <param name="options">How long rows are kept, and whether only the last of each key is; null: all are kept.</param>
    public static Sink<T> To<T, TKey>(string name, int partitions, Func<T, TKey> keyOf, TopicOptions<T>? options = null)
    {
        ArgumentNullException.ThrowIfNull(keyOf);
        return new KeyedTopicSink<T, TKey>(name, partitions, keyOf, options ?? new TopicOptions<T>());
    }

    /// <summary>Writes rows without keys: each writer of the sink to one partition, in its order.</summary>
    /// <param name="name">1 to 64 letters, digits, <c>-</c>, <c>_</c> and <c>.</c> The topic is made when the first job that writes it
    /// starts.</param>
    /// <param name="partitions">How many partitions it has, 1 to 1,024. Fixed when it is made. Default: 1.</param>
    /// <param name="options">How long rows are kept; null: for ever.</param>
    public static Sink<T> To<T>(string name, int partitions = 1, TopicOptions<T>? options = null) =>
        new PlainTopicSink<T>(name, partitions, options ?? new TopicOptions<T>());

    /// <summary>Reads a topic of the job's store, and waits for more at its end. Replayable: the offset is that of the row.</summary>
    /// <param name="name">The topic, which must be there: a job that writes it has been started before.</param>
    /// <param name="from">Where the first run begins; a later one goes on where the last epoch ended. Default: the beginning.</param>
    public static TopicSource<T> Read<T>(string name, TopicStart? from = null) =>
        new(name, from ?? TopicStart.Beginning, isBounded: false, TopicSource<T>.DefaultPollInterval);
}
