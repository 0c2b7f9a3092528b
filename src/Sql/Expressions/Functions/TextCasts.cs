using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>Any value to text, any text to a value.</summary>
internal static class TextCasts
{
    public static string Print<T>(T value)
    {
        if (typeof(T) == typeof(int))
            return ((int)(object)value!).ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (typeof(T) == typeof(long))
            return ((long)(object)value!).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return ValueText.Of(value!);
    }

    public static T Read<T>(string text) => (T)ValueText.Parse(text, TypeOf<T>.Sql);

    /// <summary>The first characters of a text, as many as its type may have.</summary>
    public static string Cut(string text, int length) => Points.Count(text) <= length ? text : Points.Part(text, 0, length);

    /// <summary>A text that fits into its type; blanks too many are cut off.</summary>
    public static string Fit(string text, int length)
    {
        if (Points.Count(text) <= length)
            return text;
        string cut = Points.Part(text, 0, length);
        return text.AsSpan(cut.Length).Trim(' ').IsEmpty ? cut
            : throw new SqlFault(SqlState.StringDataRightTruncation, $"value too long for type character varying({length})");
    }

    /// <summary>true and false as a single letter: where PostgreSQL prints a value, and does not cast it.</summary>
    [SqlFunction("boolout", IsSafe = true)]
    public static string Letter(bool value) => value ? "t" : "f";

    private static class TypeOf<T>
    {
        public static readonly SqlType Sql = SqlType.Of(typeof(T))!;
    }
}
