namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>The codec of a type: a compiled writer, and a compiled reader of one schema.</summary>
internal sealed class CompiledCodec<T> : Codec<T>
{
    private readonly Shape _shape;
    private readonly WriteValue<T> _write;
    private readonly ReadValue<T> _read;

    private CompiledCodec(Shape shape, Schema schema, WriteValue<T> write, ReadValue<T> read) =>
        (_shape, Schema, _write, _read) = (shape, schema, write, read);

    public override Schema Schema { get; }

    public static CompiledCodec<T> Compile()
    {
        Shape shape = ShapeBuilder.Build(typeof(T));
        SchemaDocument document = SchemaOf.Describe(shape);
        return new CompiledCodec<T>(shape, new Schema(SchemaPrinter.Print(document)), Writer(shape), Reader(shape, document));
    }

    public override void Write(BlobWriter writer, in T value)
    {
        int start = writer.Length;
        try
        {
            _write(writer, ref System.Runtime.CompilerServices.Unsafe.AsRef(in value));
        }
        catch
        {
            writer.Truncate(start);         // half a value would damage what comes after it
            throw;
        }
    }

    public override T Read(ref BlobReader reader)
    {
        try
        {
            return _read(ref reader);
        }
        catch (Exception e) when (e is not CodecException)
        {
            throw new CodecException($"Stored data is damaged, or type '{TypeName.Of(typeof(T))}' refuses values it once had: {e.Message}",
                e);
        }
    }

    public override Codec<T> ReaderOf(Schema written)
    {
        if (written == Schema)
            return this;
        return new CompiledCodec<T>(_shape, Schema, _write, Reader(_shape, SchemaParser.Parse(written.Text)));
    }

    private static WriteValue<T> Writer(Shape shape)
    {
        object writer = new WriterBuilder().Writer(shape);
        return writer is CompiledWriter<T> compiled ? compiled.Delegate : Part((ValueWriter<T>)writer);

        static WriteValue<T> Part(ValueWriter<T> part) => (BlobWriter to, ref T value) => part.Write(to, in value);
    }

    private static ReadValue<T> Reader(Shape shape, SchemaDocument document)
    {
        object reader = new ReaderBuilder(document, typeof(T)).Reader(shape, document.Root, "");
        return reader is CompiledReader<T> compiled ? compiled.Delegate : ((ValueReader<T>)reader).Read;
    }
}
