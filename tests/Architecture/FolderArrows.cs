using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace ActorStreams.Architecture.Tests;

/// <summary>
/// Which folder of a library refers to which other: by the types that its types name in bases, fields, signatures, attributes and the
/// bodies of their methods, as compiled. A type belongs to the folder of the file it is written in, as the symbols tell; a folder below
/// another belongs to that one, and a folder Runtime holds the insides of what stands beside it.
/// </summary>
internal sealed class FolderArrows
{
    /// <summary>What stands in no folder.</summary>
    public const string Root = "(root)";

    private static readonly OpCode[] s_short = new OpCode[256], s_long = new OpCode[256];

    private readonly MetadataReader _reader;
    private readonly PEReader _file;
    private readonly Dictionary<TypeDefinitionHandle, string> _folders = [];
    private readonly SortedDictionary<(string From, string To), SortedSet<string>> _arrows = [];
    private readonly TypeNames _names;
    private string _folder = "", _type = "";

    static FolderArrows()
    {
        foreach (System.Reflection.FieldInfo field in typeof(OpCodes).GetFields())
        {
            var code = (OpCode)field.GetValue(null)!;
            (code.Size == 1 ? s_short : s_long)[code.Value & 0xFF] = code;
        }
    }

    private FolderArrows(PEReader file, MetadataReader symbols, string root)
    {
        (_file, _reader) = (file, file.GetMetadataReader());
        _names = new TypeNames(Refer);
        Dictionary<TypeDefinitionHandle, string> written = WrittenIn(symbols);
        foreach (TypeDefinitionHandle type in _reader.TypeDefinitions)
        {
            TypeDefinitionHandle outermost = type;
            for (TypeDefinitionHandle outer = type; !outer.IsNil; outer = _reader.GetTypeDefinition(outer).GetDeclaringType())
                outermost = outer;
            if (written.TryGetValue(outermost, out string? path) && !path.Replace('\\', '/').Contains("/obj/", StringComparison.Ordinal))
                _folders[type] = FolderOf(path, root);
        }

        foreach (TypeDefinitionHandle type in _folders.Keys)
            Read(type);
    }

    /// <summary>All arrows of a library, each with the types that make it, as "type -> type".</summary>
    public static IReadOnlyDictionary<(string From, string To), SortedSet<string>> Of(string assembly, string root)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        using MetadataReaderProvider symbols = MetadataReaderProvider.FromPortablePdbStream(
            File.OpenRead(Path.ChangeExtension(assembly, ".pdb")));
        return new FolderArrows(file, symbols.GetMetadataReader(), root)._arrows;
    }

    /// <summary>A shortest way from a folder back to itself; empty if there is none.</summary>
    public static IReadOnlyList<string> Cycle(IEnumerable<(string From, string To)> arrows)
    {
        ILookup<string, string> next = arrows.ToLookup(arrow => arrow.From, arrow => arrow.To, StringComparer.Ordinal);
        return next.Select(start => WayBack(start.Key, next)).Where(way => way.Count > 0).OrderBy(way => way.Count).FirstOrDefault([]);
    }

    private static List<string> WayBack(string start, ILookup<string, string> next)
    {
        var cameFrom = new Dictionary<string, string>(StringComparer.Ordinal);
        var waiting = new Queue<string>([start]);
        while (waiting.TryDequeue(out string? folder))
        {
            foreach (string to in next[folder])
            {
                if (!cameFrom.TryAdd(to, folder))
                    continue;
                if (to != start)
                {
                    waiting.Enqueue(to);
                    continue;
                }

                List<string> way = [start];
                for (string at = cameFrom[start]; at != start; at = cameFrom[at])
                    way.Insert(0, at);
                return [start, .. way];
            }
        }

        return [];
    }

    private static string FolderOf(string path, string root)
    {
        string inside = path.Replace('\\', '/');
        int at = inside.IndexOf($"/{root}/", StringComparison.Ordinal);
        string[] parts = at < 0 ? [] : inside[(at + root.Length + 2)..].Split('/');
        return parts.Length < 2 || parts[0] is "Runtime" ? Root : parts[0];
    }

    /// <summary>Symbols give the file of a type by its methods; of a type without any, by a record of its own.</summary>
    private Dictionary<TypeDefinitionHandle, string> WrittenIn(MetadataReader symbols)
    {
        var typeDocuments = new Guid("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");
        var files = new Dictionary<TypeDefinitionHandle, string>();
        foreach (CustomDebugInformationHandle handle in symbols.CustomDebugInformation)
        {
            CustomDebugInformation information = symbols.GetCustomDebugInformation(handle);
            if (symbols.GetGuid(information.Kind) != typeDocuments || information.Parent.Kind != HandleKind.TypeDefinition)
                continue;
            BlobReader blob = symbols.GetBlobReader(information.Value);
            files[(TypeDefinitionHandle)information.Parent] = NameOf(symbols, MetadataTokens.DocumentHandle(blob.ReadCompressedInteger()));
        }

        foreach (MethodDefinitionHandle method in _reader.MethodDefinitions)
        {
            MethodDebugInformation information = symbols.GetMethodDebugInformation(method);
            DocumentHandle document = information.Document;
            if (document.IsNil && !information.SequencePointsBlob.IsNil)
                document = information.GetSequencePoints().First().Document;
            TypeDefinitionHandle type = _reader.GetMethodDefinition(method).GetDeclaringType();
            if (!document.IsNil && _reader.GetTypeDefinition(type).GetDeclaringType().IsNil)
                files.TryAdd(type, NameOf(symbols, document));
        }

        return files;
    }

    private static string NameOf(MetadataReader symbols, DocumentHandle document) => symbols.GetString(symbols.GetDocument(document).Name);

    private void Read(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _reader.GetTypeDefinition(handle);
        (_folder, _type) = (_folders[handle], Name(handle));
        ReferTo(type.BaseType);
        foreach (InterfaceImplementationHandle implemented in type.GetInterfaceImplementations())
            ReferTo(_reader.GetInterfaceImplementation(implemented).Interface);
        ReadAttributes(type.GetCustomAttributes());
        ReadConstraints(type.GetGenericParameters());
        foreach (FieldDefinitionHandle field in type.GetFields())
            _reader.GetFieldDefinition(field).DecodeSignature(_names, null);
        foreach (MethodDefinitionHandle method in type.GetMethods())
            Read(_reader.GetMethodDefinition(method));
    }

    private void Read(MethodDefinition method)
    {
        method.DecodeSignature(_names, null);
        ReadAttributes(method.GetCustomAttributes());
        ReadConstraints(method.GetGenericParameters());
        if (method.RelativeVirtualAddress == 0)
            return;
        MethodBodyBlock body = _file.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
            _reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_names, null);
        BlobReader code = body.GetILReader();
        while (code.RemainingBytes > 0)
        {
            byte first = code.ReadByte();
            OpCode operation = first == 0xFE ? s_long[code.ReadByte()] : s_short[first];
            switch (operation.OperandType)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    ReferTo(MetadataTokens.EntityHandle(code.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    int targets = code.ReadInt32();
                    code.Offset += 4 * targets;
                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    code.Offset += 1;
                    break;
                case OperandType.InlineVar:
                    code.Offset += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.Offset += 8;
                    break;
                default:
                    code.Offset += 4;
                    break;
            }
        }
    }

    private void ReadAttributes(CustomAttributeHandleCollection attributes)
    {
        foreach (CustomAttributeHandle attribute in attributes)
            ReferTo(_reader.GetCustomAttribute(attribute).Constructor);
    }

    private void ReadConstraints(GenericParameterHandleCollection parameters)
    {
        foreach (GenericParameterHandle parameter in parameters)
        {
            foreach (GenericParameterConstraintHandle constraint in _reader.GetGenericParameter(parameter).GetConstraints())
                ReferTo(_reader.GetGenericParameterConstraint(constraint).Type);
        }
    }

    private void ReferTo(EntityHandle handle)
    {
        if (handle.IsNil)
            return;
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                Refer((TypeDefinitionHandle)handle);
                break;
            case HandleKind.TypeSpecification:
                _reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(_names, null);
                break;
            case HandleKind.MethodDefinition:
                Refer(_reader.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.FieldDefinition:
                Refer(_reader.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MemberReference:
                ReferTo(_reader.GetMemberReference((MemberReferenceHandle)handle).Parent);
                break;
            case HandleKind.MethodSpecification:
                MethodSpecification method = _reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                method.DecodeSignature(_names, null);
                ReferTo(method.Method);
                break;
            default:
                break;
        }
    }

    private void Refer(TypeDefinitionHandle to)
    {
        if (!_folders.TryGetValue(to, out string? folder) || folder == _folder)
            return;
        if (!_arrows.TryGetValue((_folder, folder), out SortedSet<string>? types))
            _arrows.Add((_folder, folder), types = new SortedSet<string>(StringComparer.Ordinal));
        types.Add($"{_type} -> {Name(to)}");
    }

    private string Name(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _reader.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
            type = _reader.GetTypeDefinition(type.GetDeclaringType());
        return _reader.GetString(type.Name).Split('`')[0];
    }

    /// <summary>Tells of every type of this library that a signature names.</summary>
    private sealed class TypeNames(Action<TypeDefinitionHandle> refer) : ISignatureTypeProvider<int, object?>
    {
        public int GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
        {
            refer(handle);
            return 0;
        }

        public int GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle,
            byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public int GetArrayType(int elementType, ArrayShape shape) => 0;

        public int GetByReferenceType(int elementType) => 0;

        public int GetFunctionPointerType(MethodSignature<int> signature) => 0;

        public int GetGenericInstantiation(int genericType, ImmutableArray<int> typeArguments) => 0;

        public int GetGenericMethodParameter(object? genericContext, int index) => 0;

        public int GetGenericTypeParameter(object? genericContext, int index) => 0;

        public int GetModifiedType(int modifier, int unmodifiedType, bool isRequired) => 0;

        public int GetPinnedType(int elementType) => 0;

        public int GetPointerType(int elementType) => 0;

        public int GetPrimitiveType(PrimitiveTypeCode typeCode) => 0;

        public int GetSZArrayType(int elementType) => 0;

        public int GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => 0;
    }
}
