namespace ActorStreams.Sql.Values;

/// <summary>A JSON text, kept as it was written.</summary>
/// <param name="Text">The text.</param>
internal readonly record struct Json(string Text)
{
    public override string ToString() => Text;
}
