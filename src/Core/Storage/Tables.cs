namespace ActorStreams.Authoring;

/// <summary>A table of the store that a transactional sink writes.</summary>
/// <param name="Name">Lower-case letters, digits and underscores, at most 48; the store creates it if it is not there.</param>
/// <param name="Columns">At least one.</param>
/// <param name="Mode">Insert every row, or replace the row with the same key.</param>
public sealed record TableSpec(string Name, IReadOnlyList<TableColumn> Columns, TableMode Mode)
{
    /// <summary>How many of the last columns a table may lack that an earlier version made: the store adds them. Default: 0.</summary>
    public int ColumnsAdded { get; init; }
}

/// <summary>Which rows of an <see cref="TableMode.Insert"/> table are no longer kept.</summary>
/// <param name="OwnerColumn">A text column: only rows with <paramref name="Owner"/> there are looked at.</param>
/// <param name="Owner">Whose rows.</param>
/// <param name="TimeColumn">A timestamp column: when a row was written. Rows without stay, as far as <paramref name="Before"/>
/// goes.</param>
/// <param name="Before">Rows written before this go, in microseconds; null: none for their age.</param>
/// <param name="Rows">The oldest go while there are more; null: none for their number.</param>
public sealed record TableTrim(string OwnerColumn, string Owner, string TimeColumn, long? Before, long? Rows);

/// <summary>A column.</summary>
/// <param name="Name">Lower-case letters, digits and underscores, at most 48.</param>
/// <param name="Type">What it holds.</param>
/// <param name="IsKey">Whether it is part of the primary key (upsert only; keys are never null).</param>
public sealed record TableColumn(string Name, ColumnType Type, bool IsKey = false);

/// <summary>How rows reach the table.</summary>
public enum TableMode
{
    /// <summary>Every row is added.</summary>
    Insert,

    /// <summary>A row replaces the one with the same key; within one epoch the last one stays.</summary>
    Upsert,
}

/// <summary>The column types that every store can hold.</summary>
public enum ColumnType
{
    /// <summary>64-bit integer.</summary>
    Int64,

    /// <summary>64-bit floating point, NaN and the infinities included.</summary>
    Double,

    /// <summary>Unicode text.</summary>
    Text,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>Bytes.</summary>
    Bytes,

    /// <summary>An instant: microseconds since the Unix epoch here, <c>timestamptz</c> in PostgreSQL, ISO 8601 UTC text with six fraction
    /// digits in SQLite.</summary>
    Timestamp,
}

/// <summary>Rows for one table, bound one by one by the store.</summary>
/// <param name="table">The table they go to.</param>
public abstract class TableWrite(TableSpec table)
{
    /// <summary>The table.</summary>
    public TableSpec Table { get; } = table;

    /// <summary>The number of rows.</summary>
    public abstract int Count { get; }

    /// <summary>Sets every column of row <paramref name="index"/>.</summary>
    public abstract void Bind(int index, StoreRow row);

    /// <summary>Whether row <paramref name="index"/> deletes the one with its key instead of replacing it; of it only the key columns
    /// count. For <see cref="TableMode.Upsert"/>
    /// only. Default: no row does.</summary>
    public virtual bool IsDelete(int index) => false;

    /// <summary>Whether every row that the table has goes before these are written. For <see cref="TableMode.Upsert"/> only. Default:
    /// no.</summary>
    public virtual bool ClearsTable => false;

    /// <summary>Which of the table's rows go after these are written; a store may do it little by little, at later calls. Null, the
    /// default: none.</summary>
    public virtual TableTrim? Trim => null;
}

/// <summary>The store's side of one row: columns by index, in the order of the table's specification.</summary>
public abstract class StoreRow
{
    /// <summary>Sets NULL.</summary>
    public abstract void SetNull(int column);

    /// <summary>Sets an integer column.</summary>
    public abstract void Set(int column, long value);

    /// <summary>Sets a floating-point column.</summary>
    public abstract void Set(int column, double value);

    /// <summary>Sets a text column.</summary>
    public abstract void Set(int column, string value);

    /// <summary>Sets a Boolean column.</summary>
    public abstract void Set(int column, bool value);

    /// <summary>Sets a bytes column.</summary>
    public abstract void Set(int column, byte[] value);

    /// <summary>Sets a timestamp column, in microseconds since the Unix epoch.</summary>
    public abstract void SetTimestamp(int column, long time);
}
