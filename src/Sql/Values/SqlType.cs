using System.Collections.Immutable;
using System.Globalization;
using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Values;

/// <summary>A type of SQL: what a column holds, how it prints, and by which type of .NET the engine moves it.</summary>
/// <param name="Kind">The family.</param>
/// <param name="Precision">Of numeric: the digits in all. Of varchar: the greatest length. -1: no limit.</param>
/// <param name="Scale">Of numeric: the digits behind the point. -1: as many as a value has.</param>
/// <param name="Element">Of an array: the type of its elements.</param>
internal sealed record SqlType(SqlKind Kind, int Precision = -1, int Scale = -1, SqlType? Element = null)
{
    public static readonly SqlType Unknown = new(SqlKind.Unknown);
    public static readonly SqlType Boolean = new(SqlKind.Boolean);
    public static readonly SqlType SmallInt = new(SqlKind.SmallInt);
    public static readonly SqlType Integer = new(SqlKind.Integer);
    public static readonly SqlType BigInt = new(SqlKind.BigInt);
    public static readonly SqlType Real = new(SqlKind.Real);
    public static readonly SqlType Double = new(SqlKind.Double);
    public static readonly SqlType Numeric = new(SqlKind.Numeric);
    public static readonly SqlType Text = new(SqlKind.Text);
    public static readonly SqlType Varchar = new(SqlKind.Varchar);
    public static readonly SqlType Date = new(SqlKind.Date);
    public static readonly SqlType Time = new(SqlKind.Time);
    public static readonly SqlType Timestamp = new(SqlKind.Timestamp);
    public static readonly SqlType TimestampTz = new(SqlKind.TimestampTz);
    public static readonly SqlType Interval = new(SqlKind.Interval);
    public static readonly SqlType Bytea = new(SqlKind.Bytea);
    public static readonly SqlType Json = new(SqlKind.Json);
    public static readonly SqlType Jsonb = new(SqlKind.Jsonb);

    private const int MaxPrecision = 1000, MinScale = -1000;

    /// <summary>The fields of a row value, in order; empty for every other type.</summary>
    public ImmutableArray<SqlField> Fields { get; init; } = [];

    /// <summary>Of what no query names: the type of .NET that it is. Null: the one of its kind.</summary>
    public Type? Own { get; init; }

    /// <summary>A type of .NET that moves through expressions, and is none of SQL: what an aggregate keeps.</summary>
    public static SqlType Of(Type clr, SqlKind kind) => new(kind) { Own = clr };

    public static SqlType ArrayOf(SqlType element) => new(SqlKind.Array, Element: element.Plain);

    /// <summary>The type without length or precision: what functions and operators are chosen by.</summary>
    public SqlType Plain => Precision < 0 && Scale < 0 ? this : this with { Precision = -1, Scale = -1 };

    public bool IsText => Kind is SqlKind.Text or SqlKind.Varchar;

    public bool IsNumber => Category == SqlCategory.Number;

    public bool IsInteger => Kind is SqlKind.SmallInt or SqlKind.Integer or SqlKind.BigInt;

    public SqlCategory Category => Kind switch
    {
        SqlKind.Unknown => SqlCategory.Unknown,
        SqlKind.Boolean => SqlCategory.Boolean,
        >= SqlKind.SmallInt and <= SqlKind.Numeric => SqlCategory.Number,
        SqlKind.Text or SqlKind.Varchar => SqlCategory.Text,
        SqlKind.Date or SqlKind.Time or SqlKind.Timestamp or SqlKind.TimestampTz => SqlCategory.DateTime,
        SqlKind.Interval => SqlCategory.TimeSpan,
        SqlKind.Array => SqlCategory.Array,
        _ => SqlCategory.Other,
    };

    /// <summary>Whether it is the one of its category that a choice between several falls on.</summary>
    public bool IsPreferred => Kind is SqlKind.Boolean or SqlKind.Double or SqlKind.Text or SqlKind.TimestampTz or SqlKind.Interval;

    /// <summary>The type of .NET by which a value that is not null is moved and computed with.</summary>
    public Type Clr => Own ?? Kind switch
    {
        SqlKind.Boolean => typeof(bool),
        SqlKind.SmallInt => typeof(short),
        SqlKind.Integer => typeof(int),
        SqlKind.BigInt => typeof(long),
        SqlKind.Real => typeof(float),
        SqlKind.Double => typeof(double),
        SqlKind.Numeric => typeof(Numeric),
        SqlKind.Unknown or SqlKind.Text or SqlKind.Varchar => typeof(string),
        SqlKind.Date => typeof(Date),
        SqlKind.Time => typeof(Time),
        SqlKind.Timestamp => typeof(Timestamp),
        SqlKind.TimestampTz => typeof(TimestampTz),
        SqlKind.Interval => typeof(SqlInterval),
        SqlKind.Bytea => typeof(Bytea),
        SqlKind.Json => typeof(Json),
        SqlKind.Jsonb => typeof(Jsonb),
        SqlKind.Array => typeof(SqlArray<>).MakeGenericType(Element!.Clr),
        _ => typeof(string),
    };

    /// <summary>The type that a type of .NET stands for; null if it stands for none.</summary>
    public static SqlType? Of(Type clr) =>
        clr == typeof(bool) ? Boolean
        : clr == typeof(short) ? SmallInt
        : clr == typeof(int) ? Integer
        : clr == typeof(long) ? BigInt
        : clr == typeof(float) ? Real
        : clr == typeof(double) ? Double
        : clr == typeof(Numeric) ? Numeric
        : clr == typeof(string) ? Text
        : clr == typeof(Date) ? Date
        : clr == typeof(Time) ? Time
        : clr == typeof(Timestamp) ? Timestamp
        : clr == typeof(TimestampTz) ? TimestampTz
        : clr == typeof(SqlInterval) ? Interval
        : clr == typeof(Bytea) ? Bytea
        : clr == typeof(Json) ? Json
        : clr == typeof(Jsonb) ? Jsonb
        : clr.IsGenericType && clr.GetGenericTypeDefinition() == typeof(SqlArray<>) && Of(clr.GetGenericArguments()[0]) is { } element
            ? ArrayOf(element)
        : null;

    /// <summary>The type that a name and its modifiers mean: <c>numeric</c> with 10 and 2, <c>varchar</c> with 20.</summary>
    /// <param name="name">Of PostgreSQL, in lower case, words separated by one space; <c>[]</c> behind it makes an array.</param>
    /// <param name="modifiers">What stands in parentheses behind the name.</param>
    /// <exception cref="SqlFault">There is no such type (42704), or the modifiers do not suit it (22023, 42601).</exception>
    public static SqlType Named(string name, params ReadOnlySpan<int> modifiers)
    {
        if (name.EndsWith("[]", StringComparison.Ordinal))
            return ArrayOf(Named(name[..^2].TrimEnd(), modifiers));
        SqlType? type = name switch
        {
            "bool" or "boolean" => Boolean,
            "int2" or "smallint" => SmallInt,
            "int" or "int4" or "integer" => Integer,
            "int8" or "bigint" => BigInt,
            "float4" or "real" => Real,
            "float8" or "double precision" or "double" => Double,
            "float" => Float(modifiers),
            "numeric" or "decimal" or "dec" => NumericOf(modifiers),
            "text" or "string" => Text,
            "varchar" or "character varying" => VarcharOf(modifiers),
            "date" => Date,
            "time" or "time without time zone" => Time,
            "timestamp" or "timestamp without time zone" => Timestamp,
            "timestamptz" or "timestamp with time zone" => TimestampTz,
            "interval" => Interval,
            "bytea" => Bytea,
            "json" => Json,
            "jsonb" => Jsonb,
            _ => null,
        };
        if (type is null)
            throw new SqlFault(SqlState.UndefinedObject, $"type \"{name}\" does not exist");
        if (modifiers.Length > 0 && type.Kind is not (SqlKind.Numeric or SqlKind.Varchar or SqlKind.Double or SqlKind.Real or SqlKind.Time
                or SqlKind.Timestamp or SqlKind.TimestampTz or SqlKind.Interval))
            throw new SqlFault(SqlState.SyntaxError, $"type modifier is not allowed for type \"{name}\"");
        return type;
    }

    /// <summary>Whether two are one but for length and precision.</summary>
    public bool IsSame(SqlType other) => Kind == other.Kind && (Kind != SqlKind.Array || Element!.IsSame(other.Element!));

    /// <summary>The name as PostgreSQL prints it.</summary>
    public override string ToString() => Own is not null ? Own.AssemblyQualifiedName! : Kind switch
    {
        SqlKind.Boolean => "boolean",
        SqlKind.SmallInt => "smallint",
        SqlKind.Integer => "integer",
        SqlKind.BigInt => "bigint",
        SqlKind.Real => "real",
        SqlKind.Double => "double precision",
        SqlKind.Numeric when Precision >= 0 => string.Create(CultureInfo.InvariantCulture, $"numeric({Precision},{Scale})"),
        SqlKind.Numeric => "numeric",
        SqlKind.Text => "text",
        SqlKind.Varchar when Precision >= 0 => string.Create(CultureInfo.InvariantCulture, $"character varying({Precision})"),
        SqlKind.Varchar => "character varying",
        SqlKind.Date => "date",
        SqlKind.Time => "time without time zone",
        SqlKind.Timestamp => "timestamp without time zone",
        SqlKind.TimestampTz => "timestamp with time zone",
        SqlKind.Interval => "interval",
        SqlKind.Bytea => "bytea",
        SqlKind.Json => "json",
        SqlKind.Jsonb => "jsonb",
        SqlKind.Array => $"{Element}[]",
        SqlKind.Record => "record",
        _ => "unknown",
    };

    private static SqlType Float(ReadOnlySpan<int> modifiers) =>
        modifiers.Length == 0 ? Double
        : modifiers[0] is < 1 ? throw new SqlFault(SqlState.InvalidParameterValue, "precision for type float must be at least 1 bit")
        : modifiers[0] > 53 ? throw new SqlFault(SqlState.InvalidParameterValue, "precision for type float must be less than 54 bits")
        : modifiers[0] <= 24 ? Real : Double;

    private static SqlType NumericOf(ReadOnlySpan<int> modifiers)
    {
        if (modifiers.Length == 0)
            return Numeric;
        if (modifiers.Length > 2)
            throw new SqlFault(SqlState.InvalidParameterValue, "invalid NUMERIC type modifier");
        int precision = modifiers[0], scale = modifiers.Length > 1 ? modifiers[1] : 0;
        if (precision is < 1 or > MaxPrecision)
            throw new SqlFault(SqlState.InvalidParameterValue, $"NUMERIC precision {precision} must be between 1 and {MaxPrecision}");
        if (scale < MinScale || scale > MaxPrecision)
            throw new SqlFault(SqlState.InvalidParameterValue, $"NUMERIC scale {scale} must be between {MinScale} and {MaxPrecision}");
        if (scale < 0)
            throw new SqlFault(SqlState.FeatureNotSupported, $"NUMERIC scale {scale} below 0 is not supported");
        return new SqlType(SqlKind.Numeric, precision, scale);
    }

    private static SqlType VarcharOf(ReadOnlySpan<int> modifiers) =>
        modifiers.Length == 0 ? Varchar
        : modifiers[0] < 1 ? throw new SqlFault(SqlState.InvalidParameterValue, "length for type varchar must be at least 1")
        : new SqlType(SqlKind.Varchar, modifiers[0]);
}

/// <summary>A field of a row value.</summary>
internal sealed record SqlField(string Name, SqlType Type);
