using System.Text;
using ActorStreams.Sql.Syntax.Lexing;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Syntax.Printing;

/// <summary>A text that grows: names in quotes where they need them, lists with commas.</summary>
internal sealed class SqlText
{
    private readonly StringBuilder _text = new();

    /// <summary>Words of the language that are common names and mean nothing else wherever a name is printed.</summary>
    private static bool IsPlain(Keyword word) =>
        word is Keyword.None or Keyword.At or Keyword.Key or Keyword.Close or Keyword.Current or Keyword.Source or Keyword.Sink
            or Keyword.Session;

    public override string ToString() => _text.ToString();

    public SqlText Add(string text)
    {
        _text.Append(text);
        return this;
    }

    public SqlText AddIf(bool isSaid, string text) => isSaid ? Add(text) : this;

    public SqlText Add(Identifier name)
    {
        if (IsBare(name.Name))
            return Add(name.Name);
        return Add("\"").Add(name.Name.Replace("\"", "\"\"", StringComparison.Ordinal)).Add("\"");
    }

    public SqlText Add(QualifiedName name) => Join(name.Parts, ".", part => Add(part));

    /// <summary>Names in brackets, after a space; nothing if there are none.</summary>
    public SqlText AddColumns(SyntaxList<Identifier> columns) => columns.IsEmpty ? this
        : Add(" (").Join(columns, ", ", column => Add(column)).Add(")");

    public SqlText Add(TableAlias? alias)
    {
        if (alias is not null)
            Add(" AS ").Add(alias.Name).AddColumns(alias.Columns);
        return this;
    }

    public SqlText AddString(string value) => Add("'").Add(value.Replace("'", "''", StringComparison.Ordinal)).Add("'");

    public SqlText Add(TypeName type)
    {
        AddType(type.Name).AddNumbers(type.Modifiers);
        if (type.Fields is { } fields)
            Add(" ").Add(fields);
        for (int dimension = 0; dimension < type.ArrayDimensions; dimension++)
            Add("[]");
        return this;
    }

    /// <summary>Types whose names are words of the language need no quotes, and would be other types with them.</summary>
    public SqlText AddType(QualifiedName name) =>
        name.ToString() is "interval" or "timestamp" or "time" or "double" ? Add(name.ToString()) : name.ToString() is "character"
            or "nchar" ? Add($"\"{name}\"") : Add(name);

    public SqlText Add(IntervalFields fields)
    {
        Add(fields.First.ToString().ToUpperInvariant());
        if (fields.Last is { } last)
            Add(" TO ").Add(last.ToString().ToUpperInvariant());
        return fields.SecondPrecision is { } precision ? Add($"({precision})") : this;
    }

    public SqlText AddNumbers(SyntaxList<int> numbers) => numbers.IsEmpty ? this : Add($"({string.Join(", ", numbers)})");

    public SqlText Join<T>(SyntaxList<T> items, string between, Action<T> print)
    {
        for (int at = 0; at < items.Count; at++)
        {
            if (at > 0)
                Add(between);
            print(items[at]);
        }

        return this;
    }

    /// <summary>A name that is read as it is written.</summary>
    public static bool IsBare(string name) => IsName(name) && IsPlain(Keywords.Find(name));

    /// <summary>Without capital letters: they would be folded.</summary>
    public static bool IsName(string name)
    {
        // N'…', E'…' and the like do not follow a name, but U&"…" and B'…' would begin with one
        foreach (char letter in name)
        {
            if (!CharacterClass.IsNamePart(letter) || char.IsAsciiLetterUpper(letter))
                return false;
        }

        return name.Length > 0 && CharacterClass.IsNameStart(name[0]) && !name.Contains('$', StringComparison.Ordinal);
    }
}
