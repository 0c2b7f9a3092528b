using ActorStreams.Core.Records;

namespace ActorStreams.Core.Exchange;

/// <summary>Carries out the error policy of one operator in one actor.</summary>
internal sealed class OperatorErrors(
    string pipeline, string operatorName, ErrorPolicy policy, Receiver<DeadLetter>? deadLetters, IReadOnlyList<string> partitions)
{
    private readonly DeadLetter[] _letter = new DeadLetter[1];
    private readonly long[] _time = new long[1];

    /// <summary>Rows and panes that went to the dead letters.</summary>
    public long Skipped { get; private set; }

    public string OperatorName => operatorName;

    public bool Skips => policy == ErrorPolicy.Skip;

    /// <summary>Deals with a row on which user code threw: returns if it is skipped, throws if the job is to fail.</summary>
    public void OnRow<T>(Exception error, T row, long time, long position) => OnPayload(error, RowText.Of(row), time, position);

    public void OnPayload(Exception error, string payload, long time, long position)
    {
        string partition = PartitionOf(position);
        long offset = position == Position.None ? -1 : Position.Offset(position);
        if (policy == ErrorPolicy.Fail)
        {
            throw new JobException(
                $"{Where(time, partition, offset)}: {error.GetType().Name}: {Sentence(error.Message)} Row: {Cut(payload, 512)}. {Remedy("rows")}", error);
        }

        Keep(error, payload, partition, offset, time);
    }

    /// <summary>Keeps what the operator refuses, whatever the policy says; its node must say that it needs dead letters.</summary>
    public void OnRefused<T>(Exception error, T row, long time, long position) =>
        Keep(error, RowText.Of(row), PartitionOf(position), position == Position.None ? -1 : Position.Offset(position), time);

    /// <summary>Deals with a key's window whose result throws: returns if the pane is skipped, throws if the job is to fail.</summary>
    public void OnWindow<TKey>(Exception error, TKey key, Window window)
    {
        if (policy == ErrorPolicy.Fail)
        {
            throw new JobException(
                $"Pipeline '{pipeline}', operator '{operatorName}', key '{Cut(RowText.Of(key), 512)}', window {window}: {error.GetType().Name}: {Sentence(error.Message)} {Remedy("panes")}", error);
        }

        Keep(error, $"Window {window}, key '{RowText.Of(key)}'", "", -1, window.MaxTime);
    }

    /// <summary>Keeps a row that came after its window was complete.</summary>
    public void OnLate<T>(T row, long time, long position, long watermark)
    {
        string partition = PartitionOf(position);
        _letter[0] = new DeadLetter(pipeline, operatorName,
            $"Late: event time {EventTime.Format(time)}, watermark {EventTime.Format(watermark)}",
            Cut(RowText.Of(row), DeadLetter.MaxPayload), partition, position == Position.None ? -1 : Position.Offset(position), time);
        _time[0] = time;
        deadLetters!.OnChunk(new Chunk<DeadLetter>(_letter, _time));
    }

    /// <summary>Keeps a row that was given up after many attempts, whatever the policy says.</summary>
    public void OnGivenUp<T>(string what, T row, string partition, long offset, long time)
    {
        _letter[0] = new DeadLetter(pipeline, operatorName, Cut(what, DeadLetter.MaxPayload), Cut(RowText.Of(row), DeadLetter.MaxPayload),
            partition, offset, time);
        _time[0] = time;
        deadLetters!.OnChunk(new Chunk<DeadLetter>(_letter, _time));
    }

    private static string Remedy(string what) =>
        $"To keep such {what} as dead letters instead, set {nameof(JobOptions)}.{nameof(JobOptions.Errors)}, or the errors argument of this operator, " +
        $"to {nameof(ErrorPolicy)}.{nameof(ErrorPolicy.Skip)}.";

    /// <summary>The text with an end, so that another sentence can follow.</summary>
    public static string Sentence(string message) => message.EndsWith('.') || message.EndsWith('!') || message.EndsWith('?') ? message
        : message + ".";

    /// <summary>As much as is known: positions are only carried where an operator may skip rows.</summary>
    private string Where(long time, string partition, long offset) => $"Pipeline '{pipeline}', operator '{operatorName}'" +
        (partition.Length == 0 ? "" : $", {partition} at offset {offset}") +
        (time == EventTime.MinValue ? "" : $", event time {EventTime.Format(time)}");

    private string PartitionOf(long position) => position == Position.None ? "" : partitions[Position.Partition(position)];

    private void Keep(Exception error, string payload, string partition, long offset, long time)
    {
        Skipped++;
        _letter[0] = new DeadLetter(pipeline, operatorName, Cut($"{error.GetType().Name}: {error.Message}", DeadLetter.MaxPayload),
            Cut(payload, DeadLetter.MaxPayload), partition, offset, time);
        _time[0] = time;
        deadLetters!.OnChunk(new Chunk<DeadLetter>(_letter, _time));
    }

    /// <summary>At most <paramref name="length"/> characters, such as every store can hold: no U+0000, no half of a surrogate
    /// pair.</summary>
    private static string Cut(string text, int length)
    {
        bool isCut = text.Length > length;
        ReadOnlySpan<char> kept = isCut ? text.AsSpan(0, length) : text;
        if (!isCut && kept.IndexOf('\0') < 0 && kept.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
            return text;
        var cut = new System.Text.StringBuilder(kept.Length + 1);
        foreach (System.Text.Rune rune in kept.EnumerateRunes())
            cut.Append(rune.Value == 0 ? "␀" : rune.ToString());
        return isCut ? cut.Append('…').ToString() : cut.ToString();
    }
}
