namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>Says in rows of the stream what happened to a row of the table.</summary>
internal abstract class RowEmitter<TOut>(CaptureSettings settings)
{
    /// <summary>Rows of the stream that one event may make.</summary>
    public const int MaxRows = 2;

    protected CaptureSettings Settings { get; } = settings;

    /// <summary>Whether it needs the whole of the old row.</summary>
    public abstract bool NeedsFullIdentity { get; }

    /// <summary>The columns are these from now on.</summary>
    public abstract void Bind(RowLayout layout, TableInfo table);

    public abstract void Insert(CapturedRow row, RowTarget<TOut> target);

    /// <param name="before">The old row, whole or only its key; null if the server did not send it: the key is the same then.</param>
    /// <param name="after">The new row.</param>
    /// <param name="target">Where rows go.</param>
    /// <param name="takesBefore">Whether the old row was told before.</param>
    /// <param name="takesAfter">Whether the new row was not.</param>
    public abstract void Update(CapturedRow? before, CapturedRow after, RowTarget<TOut> target, bool takesBefore, bool takesAfter);

    public abstract void Delete(CapturedRow row, RowTarget<TOut> target);

    /// <param name="at">Where in the log, for messages.</param>
    /// <param name="target">Where rows go.</param>
    public abstract void Truncate(string at, RowTarget<TOut> target);

    /// <summary>Takes back everything that was told.</summary>
    public abstract void Clear(RowTarget<TOut> target);
}

/// <summary>Puts rows into a read with their offset and time.</summary>
internal sealed class RowTarget<TOut>
{
    private SourceBuffer<TOut> _buffer = null!;

    /// <summary>Rows since the first start.</summary>
    public long Rows { get; set; }

    /// <summary>The event time of what is added now.</summary>
    public long Time { get; set; }

    public void Begin(SourceBuffer<TOut> buffer) => _buffer = buffer;

    public void Add(in TOut row) => _buffer.Add(row, Rows++, Time);

    public void Reject(CapturedRow row, string what, Exception error) =>
        _buffer.Reject(row.ToString(), new FormatException($"{what}: {error.Message}", error), Rows++);
}

/// <summary>Rows with weights.</summary>
internal sealed class ChangeEmitter<T>(CaptureSettings settings, RowMaker<T> maker) : RowEmitter<Change<T>>(settings)
{
    private Func<CapturedRow, T> _rowOf = null!;

    public override bool NeedsFullIdentity => true;

    public override void Bind(RowLayout layout, TableInfo table) => _rowOf = maker.Bind(layout, table);

    public override void Insert(CapturedRow row, RowTarget<Change<T>> target) => target.Add(Change<T>.Insert(_rowOf(row)));

    public override void Update(CapturedRow? before, CapturedRow after, RowTarget<Change<T>> target, bool takesBefore, bool takesAfter)
    {
        T? old = takesBefore ? _rowOf(before!) : default;
        T? next = takesAfter ? _rowOf(after) : default;
        if (takesBefore)
            target.Add(Change<T>.Retract(old!));
        if (takesAfter)
            target.Add(Change<T>.Insert(next!));
    }

    public override void Delete(CapturedRow row, RowTarget<Change<T>> target) => target.Add(Change<T>.Retract(_rowOf(row)));

    public override void Truncate(string at, RowTarget<Change<T>> target)
    {
        if (!Settings.Options.IgnoreTruncate)
        {
            throw new SourceException(
                $"{Settings.Where}: table {Settings.Table} was truncated at {at}, and the server does not tell which rows went. Read it with {nameof(PostgreSqlTable)}.{nameof(PostgreSqlTable.Upserts)}, " +
                $"which needs not know; or set {nameof(CaptureOptions.IgnoreTruncate)} to leave the rows where they are.");
        }
    }

    public override void Clear(RowTarget<Change<T>> target) =>
        throw new System.Diagnostics.UnreachableException();   // refused when the source was made
}

/// <summary>What each key has.</summary>
internal sealed class UpsertEmitter<TKey, T>(CaptureSettings settings, RowMaker<TKey> keyMaker, RowMaker<T> maker)
    : RowEmitter<Upsert<TKey, T>>(settings)
{
    private Func<CapturedRow, TKey> _keyOf = null!;
    private Func<CapturedRow, T> _rowOf = null!;
    private KeyOrder _order = null!;

    public override bool NeedsFullIdentity => false;

    public override void Bind(RowLayout layout, TableInfo table) =>
        (_keyOf, _rowOf, _order) = (keyMaker.Bind(layout, table), maker.Bind(layout, table), new KeyOrder(layout, table));

    public override void Insert(CapturedRow row, RowTarget<Upsert<TKey, T>> target) =>
        target.Add(Upsert<TKey, T>.Put(_keyOf(row), _rowOf(row)));

    public override void Update(CapturedRow? before, CapturedRow after, RowTarget<Upsert<TKey, T>> target, bool takesBefore,
        bool takesAfter)
    {
        bool movesKey = takesBefore && before is not null && !_order.AreSame(before, after);
        TKey? old = movesKey ? _keyOf(before!) : default;
        Upsert<TKey, T> put = takesAfter ? Upsert<TKey, T>.Put(_keyOf(after), _rowOf(after)) : default;
        if (movesKey)
            target.Add(Upsert<TKey, T>.Delete(old!));
        if (takesAfter)
            target.Add(put);
    }

    public override void Delete(CapturedRow row, RowTarget<Upsert<TKey, T>> target) => target.Add(Upsert<TKey, T>.Delete(_keyOf(row)));

    public override void Truncate(string at, RowTarget<Upsert<TKey, T>> target) => Clear(target);

    public override void Clear(RowTarget<Upsert<TKey, T>> target) => target.Add(Upsert<TKey, T>.Clear);
}
