namespace ActorStreams.Core.State;

/// <summary>Two or three codecs whose values stand one after another in a record, and one schema that tells of all.</summary>
internal static class PairSchema
{
    private const string Separator = "\n---\n";

    public static Schema Of(params ReadOnlySpan<Schema> schemas)
    {
        var texts = new List<string>();
        foreach (Schema schema in schemas)
            texts.Add(schema.Text);
        return new Schema(string.Join(Separator, texts));
    }

    public static Schema[] Split(Schema schema, int count)
    {
        string[] texts = schema.Text.Split(Separator);
        if (texts.Length != count)
            throw new CodecException(
                $"The stored schema has {texts.Length} parts, {count} were expected: the state was of another kind (value, list, map). Give it a new name.");
        return [.. texts.Select(text => new Schema(text))];
    }
}
