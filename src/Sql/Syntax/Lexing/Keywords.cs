using System.Collections.Frozen;
using System.Text;

namespace ActorStreams.Sql.Syntax.Lexing;

/// <summary>How each word is written, and where it may stand for a name, as in PostgreSQL.</summary>
internal static class Keywords
{
    private static readonly string[] s_names = [.. Enum.GetValues<Keyword>().Select(Written)];

    private static readonly FrozenDictionary<string, Keyword> s_byName =
        Enum.GetValues<Keyword>().Where(word => word != Keyword.None).ToFrozenDictionary(NameOf, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, Keyword>.AlternateLookup<ReadOnlySpan<char>> s_lookup =
        s_byName.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The longest word; nothing longer is one.</summary>
    private static readonly int s_longest = s_names.Max(name => name.Length);

    /// <summary>Never a name, unless it is quoted or stands after AS.</summary>
    private static readonly bool[] s_reserved = Set(
        Keyword.All, Keyword.And, Keyword.Any, Keyword.Array, Keyword.As, Keyword.Asc, Keyword.Asymmetric, Keyword.Both, Keyword.Case,
        Keyword.Cast, Keyword.Check, Keyword.Collate, Keyword.Constraint, Keyword.Create, Keyword.CurrentDate, Keyword.CurrentTime,
        Keyword.CurrentTimestamp, Keyword.CurrentUser, Keyword.Default, Keyword.Desc, Keyword.Distinct, Keyword.Else, Keyword.End,
        Keyword.Except, Keyword.False, Keyword.Fetch, Keyword.For, Keyword.Foreign, Keyword.From, Keyword.Group, Keyword.Having, Keyword.In,
        Keyword.Intersect, Keyword.Into, Keyword.Lateral, Keyword.Leading, Keyword.Limit, Keyword.Localtime, Keyword.Localtimestamp,
        Keyword.Not, Keyword.Null, Keyword.Offset, Keyword.On, Keyword.Only, Keyword.Or, Keyword.Order, Keyword.Placing, Keyword.Primary,
        Keyword.References, Keyword.Returning, Keyword.Select, Keyword.SessionUser, Keyword.Some, Keyword.Symmetric, Keyword.Table,
        Keyword.Then, Keyword.To, Keyword.Trailing, Keyword.True, Keyword.Union, Keyword.Unique, Keyword.User, Keyword.Using,
        Keyword.Variadic, Keyword.When, Keyword.Where, Keyword.Window, Keyword.With);

    /// <summary>The name of a function, but of no column and no table: they join tables, or stand between operands.</summary>
    private static readonly bool[] s_functionOnly = Set(
        Keyword.Cross, Keyword.Full, Keyword.Ilike, Keyword.Inner, Keyword.Is, Keyword.Isnull, Keyword.Join, Keyword.Left, Keyword.Like,
        Keyword.Natural, Keyword.Notnull, Keyword.Outer, Keyword.Overlaps, Keyword.Right, Keyword.Similar, Keyword.Tablesample);

    /// <summary>The name of a column or a table, but of no function that is called in the ordinary way.</summary>
    private static readonly bool[] s_columnOnly = Set(
        Keyword.Between, Keyword.Coalesce, Keyword.Exists, Keyword.Extract, Keyword.Greatest, Keyword.Grouping, Keyword.Interval,
        Keyword.Least, Keyword.Nullif, Keyword.Overlay, Keyword.Position, Keyword.Precision, Keyword.Row, Keyword.Substring, Keyword.Time,
        Keyword.Timestamp, Keyword.Trim, Keyword.Values);

    /// <summary>Names, but as an alias only after AS: without it they begin what comes after an expression or a table.</summary>
    private static readonly bool[] s_needAs = Set(
        Keyword.Day, Keyword.Filter, Keyword.Hour, Keyword.Minute, Keyword.Month, Keyword.Over, Keyword.Precision, Keyword.Qualify,
        Keyword.Second, Keyword.Varying, Keyword.Within, Keyword.Without, Keyword.Year, Keyword.Set);

    /// <summary>The word that a text is, in whatever case; <see cref="Keyword.None"/>: it is none.</summary>
    /// <param name="folded">The text in lower case.</param>
    public static Keyword Find(ReadOnlySpan<char> folded) =>
        folded.Length <= s_longest && s_lookup.TryGetValue(folded, out Keyword word) ? word : Keyword.None;

    /// <summary>In lower case, as a name.</summary>
    public static string NameOf(Keyword word) => s_names[(int)word];

    /// <summary>In upper case, as in statements.</summary>
    public static string TextOf(Keyword word) => s_names[(int)word].ToUpperInvariant();

    /// <summary>Whether a column or a table may be called so without quotes.</summary>
    public static bool IsColumnName(Keyword word) => !s_reserved[(int)word] && !s_functionOnly[(int)word];

    /// <summary>Whether a function may be called so without quotes.</summary>
    public static bool IsFunctionName(Keyword word) => !s_reserved[(int)word] && !s_columnOnly[(int)word];

    /// <summary>Whether an alias may be called so without AS and without quotes.</summary>
    public static bool IsBareAlias(Keyword word) => IsColumnName(word) && !s_needAs[(int)word];

    private static bool[] Set(params ReadOnlySpan<Keyword> words)
    {
        bool[] set = new bool[256];
        foreach (Keyword word in words)
            set[(int)word] = true;
        return set;
    }

    private static string Written(Keyword word)
    {
        var name = new StringBuilder();
        foreach (char letter in word.ToString())
        {
            if (char.IsUpper(letter) && name.Length > 0)
                name.Append('_');
            name.Append(char.ToLowerInvariant(letter));
        }

        return name.ToString();
    }
}
