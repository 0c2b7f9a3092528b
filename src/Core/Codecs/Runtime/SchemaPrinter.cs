using System.Globalization;
using System.Text;

namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>The canonical text of a schema: the type at its root, then one line for each definition, in the order of first
/// mention.</summary>
/// <remarks>
/// <code>
/// Order?
/// Order = { Id: long, Lines: list&lt;Line&gt;, Payment: Payment }
/// Line = { Product: string, Price: decimal }
/// Payment = Card { Number: string } | Cash {}
/// </code>
/// A name that is a keyword, or no identifier, stands in double quotes.
/// </remarks>
internal static class SchemaPrinter
{
    public static string Print(SchemaDocument document)
    {
        var text = new StringBuilder(Print(document.Root)).Append('\n');
        foreach (SchemaDefinition definition in document.Definitions.Values)
        {
            text.Append(Name(definition.Name)).Append(" = ");
            text.Append(definition.Record is { } record
                ? Fields(record)
                : string.Join(" | ", definition.Cases!.Select(one => Name(one.Name) + " " + Fields(one))));
            text.Append('\n');
        }

        return text.ToString();
    }

    public static string Print(SchemaNode node) => node switch
    {
        SchemaNode.OfScalar scalar => scalar.Scalar.Keyword,
        SchemaNode.Optional optional => Print(optional.Value) + "?",
        SchemaNode.Sequence sequence => $"{(sequence.IsSet ? "set" : "list")}<{Print(sequence.Element)}>",
        SchemaNode.Map map => $"map<{Print(map.Key)}, {Print(map.Value)}>",
        SchemaNode.Tuple tuple => $"({string.Join(", ", tuple.Items.Select(Print))})",
        SchemaNode.Reference reference => Name(reference.Name),
        _ => throw new InvalidOperationException("An unknown node."),
    };

    public static bool IsKeyword(string name) => name is "list" or "set" or "map" || Scalar.Named(name) is not null;

    public static bool IsNameChar(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private static string Fields(SchemaRecord record) =>
        record.Fields.Count == 0 ? "{}" : "{ " +
            string.Join(", ", record.Fields.Select(field => $"{Name(field.Name)}: {Print(field.Node)}")) + " }";

    private static string Name(string name)
    {
        if (name.Length > 0 && name.All(IsNameChar) && !IsKeyword(name))
            return name;

        var quoted = new StringBuilder("\"");
        foreach (char c in name)
        {
            if (c is >= ' ' and < (char)0x7F and not '"' and not '\\')
                quoted.Append(c);
            else
                quoted.Append(CultureInfo.InvariantCulture, $"\\{(int)c:x4}");
        }

        return quoted.Append('"').ToString();
    }
}
