using System.Text.Json;

namespace ActorStreams.Serving.Views;

/// <summary>A materialised table whose types only the job knows.</summary>
internal interface IServedView
{
    /// <summary>The last epoch that is shown.</summary>
    long Epoch { get; }

    /// <summary>Writes one answer: the epoch, rows with their keys, and the key to go on after if there are more.</summary>
    /// <exception cref="Access.WrongRequestException">The query cannot be read, or does not fit to the view.</exception>
    Task WriteAsync(Utf8JsonWriter json, ViewQuery query, CancellationToken cancellation);

    /// <summary>What changes, epoch by epoch.</summary>
    /// <param name="query">Which keys and columns.</param>
    /// <param name="after">The last epoch that the client has seen; null: begin with all rows.</param>
    /// <param name="cancellation">Ends it.</param>
    IAsyncEnumerable<IServedEpoch> ObserveAsync(ViewQuery query, long? after, CancellationToken cancellation);
}

/// <summary>What an epoch changed, or all rows.</summary>
internal interface IServedEpoch
{
    long Epoch { get; }

    /// <summary>How many events it has.</summary>
    int Count { get; }

    /// <summary>About how many bytes its events have as JSON: some of them are written, and the rest is taken to be like them.</summary>
    long EstimateBytes();

    /// <summary>What an event says: a row that is there, that comes, changes or goes.</summary>
    EventKind KindOf(int number);

    /// <summary>Writes the key of an event.</summary>
    void WriteKey(Utf8JsonWriter json, int number);

    /// <summary>Writes the row of an event.</summary>
    void WriteRow(Utf8JsonWriter json, int number);
}
