import { createRequire as slipwayRequire } from 'node:module';
const require = slipwayRequire(import.meta.url);
var __create = Object.create;
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __getProtoOf = Object.getPrototypeOf;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __esm = (fn, res, err) => function __init() {
  if (err) throw err[0];
  try {
    return fn && (res = (0, fn[__getOwnPropNames(fn)[0]])(fn = 0)), res;
  } catch (e) {
    throw err = [e], e;
  }
};
var __commonJS = (cb, mod) => function __require() {
  try {
    return mod || (0, cb[__getOwnPropNames(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports;
  } catch (e) {
    throw mod = 0, e;
  }
};
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toESM = (mod, isNodeMode, target) => (target = mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(
  // If the importer is in node compatibility mode or this is not an ESM
  // file that has been converted to a CommonJS file using a Babel-
  // compatible transform (i.e. "__esModule" has not been set), then set
  // "default" to the CommonJS "module.exports" for node compatibility.
  isNodeMode || !mod || !mod.__esModule ? __defProp(target, "default", { value: mod, enumerable: true }) : target,
  mod
));
var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);

// node_modules/dockerfile-ast/lib/argument.js
var require_argument = __commonJS({
  "node_modules/dockerfile-ast/lib/argument.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Argument = void 0;
    var Argument = class {
      constructor(value, range) {
        this.value = value;
        this.range = range;
      }
      toString() {
        return this.value;
      }
      getRange() {
        return this.range;
      }
      getValue() {
        return this.value;
      }
      isAfter(position) {
        if (this.range.end.line < position.line) {
          return false;
        }
        return this.range.start.line > position.line ? true : this.range.start.character > position.character;
      }
      isBefore(position) {
        if (this.range.start.line < position.line) {
          return true;
        }
        return this.range.end.line > position.line ? false : this.range.end.character < position.character;
      }
    };
    exports.Argument = Argument;
  }
});

// node_modules/dockerfile-ast/lib/jsonArgument.js
var require_jsonArgument = __commonJS({
  "node_modules/dockerfile-ast/lib/jsonArgument.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.JSONArgument = void 0;
    var argument_1 = require_argument();
    var JSONArgument = class extends argument_1.Argument {
      constructor(value, range, jsonRange) {
        super(value, range);
        this.jsonRange = jsonRange;
      }
      getJSONRange() {
        return this.jsonRange;
      }
      getJSONValue() {
        let value = super.getValue();
        value = value.substring(1, value.length - 1);
        return value;
      }
    };
    exports.JSONArgument = JSONArgument;
  }
});

// node_modules/vscode-languageserver-types/lib/esm/main.js
var main_exports = {};
__export(main_exports, {
  AnnotatedTextEdit: () => AnnotatedTextEdit,
  ApplyKind: () => ApplyKind,
  ChangeAnnotation: () => ChangeAnnotation,
  ChangeAnnotationIdentifier: () => ChangeAnnotationIdentifier,
  CodeAction: () => CodeAction,
  CodeActionContext: () => CodeActionContext,
  CodeActionKind: () => CodeActionKind,
  CodeActionTag: () => CodeActionTag,
  CodeActionTriggerKind: () => CodeActionTriggerKind,
  CodeDescription: () => CodeDescription,
  CodeLens: () => CodeLens,
  Color: () => Color,
  ColorInformation: () => ColorInformation,
  ColorPresentation: () => ColorPresentation,
  Command: () => Command,
  CompletionItem: () => CompletionItem,
  CompletionItemKind: () => CompletionItemKind,
  CompletionItemLabelDetails: () => CompletionItemLabelDetails,
  CompletionItemTag: () => CompletionItemTag,
  CompletionList: () => CompletionList,
  CreateFile: () => CreateFile,
  DeleteFile: () => DeleteFile,
  Diagnostic: () => Diagnostic,
  DiagnosticRelatedInformation: () => DiagnosticRelatedInformation,
  DiagnosticSeverity: () => DiagnosticSeverity,
  DiagnosticTag: () => DiagnosticTag,
  DocumentHighlight: () => DocumentHighlight,
  DocumentHighlightKind: () => DocumentHighlightKind,
  DocumentLink: () => DocumentLink,
  DocumentSymbol: () => DocumentSymbol,
  DocumentUri: () => DocumentUri,
  EOL: () => EOL,
  FoldingRange: () => FoldingRange,
  FoldingRangeKind: () => FoldingRangeKind,
  FormattingOptions: () => FormattingOptions,
  Hover: () => Hover,
  InlayHint: () => InlayHint,
  InlayHintKind: () => InlayHintKind,
  InlayHintLabelPart: () => InlayHintLabelPart,
  InlineCompletionContext: () => InlineCompletionContext,
  InlineCompletionItem: () => InlineCompletionItem,
  InlineCompletionList: () => InlineCompletionList,
  InlineCompletionTriggerKind: () => InlineCompletionTriggerKind,
  InlineValueContext: () => InlineValueContext,
  InlineValueEvaluatableExpression: () => InlineValueEvaluatableExpression,
  InlineValueText: () => InlineValueText,
  InlineValueVariableLookup: () => InlineValueVariableLookup,
  InsertReplaceEdit: () => InsertReplaceEdit,
  InsertTextFormat: () => InsertTextFormat,
  InsertTextMode: () => InsertTextMode,
  LanguageKind: () => LanguageKind,
  Location: () => Location,
  LocationLink: () => LocationLink,
  MarkedString: () => MarkedString,
  MarkupContent: () => MarkupContent,
  MarkupKind: () => MarkupKind,
  OptionalVersionedTextDocumentIdentifier: () => OptionalVersionedTextDocumentIdentifier,
  ParameterInformation: () => ParameterInformation,
  Position: () => Position,
  Range: () => Range,
  RenameFile: () => RenameFile,
  SelectedCompletionInfo: () => SelectedCompletionInfo,
  SelectionRange: () => SelectionRange,
  SemanticTokenModifiers: () => SemanticTokenModifiers,
  SemanticTokenTypes: () => SemanticTokenTypes,
  SemanticTokens: () => SemanticTokens,
  SignatureInformation: () => SignatureInformation,
  SnippetTextEdit: () => SnippetTextEdit,
  StringValue: () => StringValue,
  SymbolInformation: () => SymbolInformation,
  SymbolKind: () => SymbolKind,
  SymbolTag: () => SymbolTag,
  TextDocument: () => TextDocument,
  TextDocumentEdit: () => TextDocumentEdit,
  TextDocumentIdentifier: () => TextDocumentIdentifier,
  TextDocumentItem: () => TextDocumentItem,
  TextEdit: () => TextEdit,
  URI: () => URI,
  VersionedTextDocumentIdentifier: () => VersionedTextDocumentIdentifier,
  WorkspaceChange: () => WorkspaceChange,
  WorkspaceEdit: () => WorkspaceEdit,
  WorkspaceFolder: () => WorkspaceFolder,
  WorkspaceSymbol: () => WorkspaceSymbol,
  integer: () => integer,
  uinteger: () => uinteger
});
var DocumentUri, URI, integer, uinteger, Position, Range, Location, LocationLink, Color, ColorInformation, ColorPresentation, FoldingRangeKind, FoldingRange, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, CodeDescription, Diagnostic, Command, TextEdit, ChangeAnnotation, ChangeAnnotationIdentifier, AnnotatedTextEdit, TextDocumentEdit, CreateFile, RenameFile, DeleteFile, WorkspaceEdit, TextEditChangeImpl, SnippetTextEdit, ChangeAnnotations, WorkspaceChange, TextDocumentIdentifier, VersionedTextDocumentIdentifier, OptionalVersionedTextDocumentIdentifier, LanguageKind, TextDocumentItem, MarkupKind, MarkupContent, CompletionItemKind, InsertTextFormat, CompletionItemTag, InsertReplaceEdit, InsertTextMode, ApplyKind, CompletionItemLabelDetails, CompletionItem, CompletionList, MarkedString, Hover, ParameterInformation, SignatureInformation, DocumentHighlightKind, DocumentHighlight, SymbolKind, SymbolTag, SymbolInformation, WorkspaceSymbol, DocumentSymbol, CodeActionKind, CodeActionTriggerKind, CodeActionContext, CodeActionTag, CodeAction, CodeLens, FormattingOptions, DocumentLink, SelectionRange, SemanticTokenTypes, SemanticTokenModifiers, SemanticTokens, InlineValueText, InlineValueVariableLookup, InlineValueEvaluatableExpression, InlineValueContext, InlayHintKind, InlayHintLabelPart, InlayHint, StringValue, InlineCompletionItem, InlineCompletionList, InlineCompletionTriggerKind, SelectedCompletionInfo, InlineCompletionContext, WorkspaceFolder, EOL, TextDocument, FullTextDocument, Is;
var init_main = __esm({
  "node_modules/vscode-languageserver-types/lib/esm/main.js"() {
    "use strict";
    (function(DocumentUri2) {
      function is(value) {
        return typeof value === "string";
      }
      DocumentUri2.is = is;
    })(DocumentUri || (DocumentUri = {}));
    (function(URI2) {
      function is(value) {
        return typeof value === "string";
      }
      URI2.is = is;
    })(URI || (URI = {}));
    (function(integer2) {
      integer2.MIN_VALUE = -2147483648;
      integer2.MAX_VALUE = 2147483647;
      function is(value) {
        return typeof value === "number" && integer2.MIN_VALUE <= value && value <= integer2.MAX_VALUE;
      }
      integer2.is = is;
    })(integer || (integer = {}));
    (function(uinteger2) {
      uinteger2.MIN_VALUE = 0;
      uinteger2.MAX_VALUE = 2147483647;
      function is(value) {
        return typeof value === "number" && uinteger2.MIN_VALUE <= value && value <= uinteger2.MAX_VALUE;
      }
      uinteger2.is = is;
    })(uinteger || (uinteger = {}));
    (function(Position2) {
      function create(line, character) {
        if (line === Number.MAX_VALUE) {
          line = uinteger.MAX_VALUE;
        }
        if (character === Number.MAX_VALUE) {
          character = uinteger.MAX_VALUE;
        }
        return { line, character };
      }
      Position2.create = create;
      function is(value) {
        const candidate = value;
        return Is.objectLiteral(candidate) && Is.uinteger(candidate.line) && Is.uinteger(candidate.character);
      }
      Position2.is = is;
    })(Position || (Position = {}));
    (function(Range2) {
      function create(one, two, three, four) {
        if (Is.uinteger(one) && Is.uinteger(two) && Is.uinteger(three) && Is.uinteger(four)) {
          return { start: Position.create(one, two), end: Position.create(three, four) };
        } else if (Position.is(one) && Position.is(two)) {
          return { start: one, end: two };
        } else {
          throw new Error(`Range#create called with invalid arguments[${one}, ${two}, ${three}, ${four}]`);
        }
      }
      Range2.create = create;
      function is(value) {
        const candidate = value;
        return Is.objectLiteral(candidate) && Position.is(candidate.start) && Position.is(candidate.end);
      }
      Range2.is = is;
    })(Range || (Range = {}));
    (function(Location2) {
      function create(uri, range) {
        return { uri, range };
      }
      Location2.create = create;
      function is(value) {
        const candidate = value;
        return Is.objectLiteral(candidate) && Range.is(candidate.range) && (Is.string(candidate.uri) || Is.undefined(candidate.uri));
      }
      Location2.is = is;
    })(Location || (Location = {}));
    (function(LocationLink2) {
      function create(targetUri, targetRange, targetSelectionRange, originSelectionRange) {
        return { targetUri, targetRange, targetSelectionRange, originSelectionRange };
      }
      LocationLink2.create = create;
      function is(value) {
        const candidate = value;
        return Is.objectLiteral(candidate) && Range.is(candidate.targetRange) && Is.string(candidate.targetUri) && Range.is(candidate.targetSelectionRange) && (Range.is(candidate.originSelectionRange) || Is.undefined(candidate.originSelectionRange));
      }
      LocationLink2.is = is;
    })(LocationLink || (LocationLink = {}));
    (function(Color2) {
      function create(red, green, blue, alpha) {
        return {
          red,
          green,
          blue,
          alpha
        };
      }
      Color2.create = create;
      function is(value) {
        const candidate = value;
        return Is.objectLiteral(candidate) && Is.numberRange(candidate.red, 0, 1) && Is.numberRange(candidate.green, 0, 1) && Is.numberRange(candidate.blue, 0, 1) && Is.numberRange(candidate.alpha, 0, 1);
      }
      Color2.is = is;
    })(Color || (Color = {}));
    (function(ColorInformation2) {
      function create(range, color) {
        return {
          range,
          color
        };
      }
      ColorInformation2.create = create;
      function is(value) {
        const candidate = value;
        return Is.objectLiteral(candidate) && Range.is(candidate.range) && Color.is(candidate.color);
      }
      ColorInformation2.is = is;
    })(ColorInformation || (ColorInformation = {}));
    (function(ColorPresentation2) {
      function create(label2, textEdit, additionalTextEdits) {
        return {
          label: label2,
          textEdit,
          additionalTextEdits
        };
      }
      ColorPresentation2.create = create;
      function is(value) {
        const candidate = value;
        return Is.objectLiteral(candidate) && Is.string(candidate.label) && (Is.undefined(candidate.textEdit) || TextEdit.is(candidate.textEdit)) && (Is.undefined(candidate.additionalTextEdits) || Is.typedArray(candidate.additionalTextEdits, TextEdit.is));
      }
      ColorPresentation2.is = is;
    })(ColorPresentation || (ColorPresentation = {}));
    (function(FoldingRangeKind2) {
      FoldingRangeKind2.Comment = "comment";
      FoldingRangeKind2.Imports = "imports";
      FoldingRangeKind2.Region = "region";
    })(FoldingRangeKind || (FoldingRangeKind = {}));
    (function(FoldingRange2) {
      function create(startLine, endLine, startCharacter, endCharacter, kind, collapsedText) {
        const result = {
          startLine,
          endLine
        };
        if (Is.defined(startCharacter)) {
          result.startCharacter = startCharacter;
        }
        if (Is.defined(endCharacter)) {
          result.endCharacter = endCharacter;
        }
        if (Is.defined(kind)) {
          result.kind = kind;
        }
        if (Is.defined(collapsedText)) {
          result.collapsedText = collapsedText;
        }
        return result;
      }
      FoldingRange2.create = create;
      function is(value) {
        const candidate = value;
        return Is.objectLiteral(candidate) && Is.uinteger(candidate.startLine) && Is.uinteger(candidate.endLine) && (Is.undefined(candidate.startCharacter) || Is.uinteger(candidate.startCharacter)) && (Is.undefined(candidate.endCharacter) || Is.uinteger(candidate.endCharacter)) && (Is.undefined(candidate.kind) || Is.string(candidate.kind));
      }
      FoldingRange2.is = is;
    })(FoldingRange || (FoldingRange = {}));
    (function(DiagnosticRelatedInformation2) {
      function create(location, message) {
        return {
          location,
          message
        };
      }
      DiagnosticRelatedInformation2.create = create;
      function is(value) {
        const candidate = value;
        return Is.defined(candidate) && Location.is(candidate.location) && Is.string(candidate.message);
      }
      DiagnosticRelatedInformation2.is = is;
    })(DiagnosticRelatedInformation || (DiagnosticRelatedInformation = {}));
    (function(DiagnosticSeverity2) {
      DiagnosticSeverity2.Error = 1;
      DiagnosticSeverity2.Warning = 2;
      DiagnosticSeverity2.Information = 3;
      DiagnosticSeverity2.Hint = 4;
    })(DiagnosticSeverity || (DiagnosticSeverity = {}));
    (function(DiagnosticTag2) {
      DiagnosticTag2.Unnecessary = 1;
      DiagnosticTag2.Deprecated = 2;
    })(DiagnosticTag || (DiagnosticTag = {}));
    (function(CodeDescription2) {
      function is(value) {
        const candidate = value;
        return Is.objectLiteral(candidate) && Is.string(candidate.href);
      }
      CodeDescription2.is = is;
    })(CodeDescription || (CodeDescription = {}));
    (function(Diagnostic2) {
      function create(range, message, severity, code, source, relatedInformation) {
        const result = { range, message };
        if (Is.defined(severity)) {
          result.severity = severity;
        }
        if (Is.defined(code)) {
          result.code = code;
        }
        if (Is.defined(source)) {
          result.source = source;
        }
        if (Is.defined(relatedInformation)) {
          result.relatedInformation = relatedInformation;
        }
        return result;
      }
      Diagnostic2.create = create;
      function is(value) {
        var _a;
        const candidate = value;
        return Is.defined(candidate) && Range.is(candidate.range) && (Is.string(candidate.message) || MarkupContent.is(candidate.message)) && (Is.number(candidate.severity) || Is.undefined(candidate.severity)) && (Is.integer(candidate.code) || Is.string(candidate.code) || Is.undefined(candidate.code)) && (Is.undefined(candidate.codeDescription) || Is.string((_a = candidate.codeDescription) === null || _a === void 0 ? void 0 : _a.href)) && (Is.string(candidate.source) || Is.undefined(candidate.source)) && (Is.undefined(candidate.relatedInformation) || Is.typedArray(candidate.relatedInformation, DiagnosticRelatedInformation.is));
      }
      Diagnostic2.is = is;
      function is3_17(value) {
        return Is.string(value.message);
      }
      Diagnostic2.is3_17 = is3_17;
      function getMessageString(diagnostic) {
        if (Is.string(diagnostic.message)) {
          return diagnostic.message;
        } else if (MarkupContent.is(diagnostic.message)) {
          return diagnostic.message.value;
        } else {
          throw new Error(`Unknown message type ${typeof diagnostic.message}`);
        }
      }
      Diagnostic2.getMessageString = getMessageString;
    })(Diagnostic || (Diagnostic = {}));
    (function(Command2) {
      function create(title, command, ...args) {
        const result = { title, command };
        if (Is.defined(args) && args.length > 0) {
          result.arguments = args;
        }
        return result;
      }
      Command2.create = create;
      function is(value) {
        const candidate = value;
        return Is.defined(candidate) && Is.string(candidate.title) && (candidate.tooltip === void 0 || Is.string(candidate.tooltip)) && Is.string(candidate.command);
      }
      Command2.is = is;
    })(Command || (Command = {}));
    (function(TextEdit2) {
      function replace(range, newText) {
        return { range, newText };
      }
      TextEdit2.replace = replace;
      function insert(position, newText) {
        return { range: { start: position, end: position }, newText };
      }
      TextEdit2.insert = insert;
      function del(range) {
        return { range, newText: "" };
      }
      TextEdit2.del = del;
      function is(value) {
        const candidate = value;
        return Is.objectLiteral(candidate) && Is.string(candidate.newText) && Range.is(candidate.range);
      }
      TextEdit2.is = is;
    })(TextEdit || (TextEdit = {}));
    (function(ChangeAnnotation2) {
      function create(label2, needsConfirmation, description) {
        const result = { label: label2 };
        if (needsConfirmation !== void 0) {
          result.needsConfirmation = needsConfirmation;
        }
        if (description !== void 0) {
          result.description = description;
        }
        return result;
      }
      ChangeAnnotation2.create = create;
      function is(value) {
        const candidate = value;
        return Is.objectLiteral(candidate) && Is.string(candidate.label) && (Is.boolean(candidate.needsConfirmation) || candidate.needsConfirmation === void 0) && (Is.string(candidate.description) || candidate.description === void 0);
      }
      ChangeAnnotation2.is = is;
    })(ChangeAnnotation || (ChangeAnnotation = {}));
    (function(ChangeAnnotationIdentifier2) {
      function is(value) {
        const candidate = value;
        return Is.string(candidate);
      }
      ChangeAnnotationIdentifier2.is = is;
    })(ChangeAnnotationIdentifier || (ChangeAnnotationIdentifier = {}));
    (function(AnnotatedTextEdit2) {
      function replace(range, newText, annotation) {
        return { range, newText, annotationId: annotation };
      }
      AnnotatedTextEdit2.replace = replace;
      function insert(position, newText, annotation) {
        return { range: { start: position, end: position }, newText, annotationId: annotation };
      }
      AnnotatedTextEdit2.insert = insert;
      function del(range, annotation) {
        return { range, newText: "", annotationId: annotation };
      }
      AnnotatedTextEdit2.del = del;
      function is(value) {
        const candidate = value;
        return TextEdit.is(candidate) && (ChangeAnnotation.is(candidate.annotationId) || ChangeAnnotationIdentifier.is(candidate.annotationId));
      }
      AnnotatedTextEdit2.is = is;
    })(AnnotatedTextEdit || (AnnotatedTextEdit = {}));
    (function(TextDocumentEdit2) {
      function create(textDocument, edits) {
        return { textDocument, edits };
      }
      TextDocumentEdit2.create = create;
      function is(value) {
        const candidate = value;
        return Is.defined(candidate) && OptionalVersionedTextDocumentIdentifier.is(candidate.textDocument) && Array.isArray(candidate.edits);
      }
      TextDocumentEdit2.is = is;
    })(TextDocumentEdit || (TextDocumentEdit = {}));
    (function(CreateFile2) {
      function create(uri, options, annotation) {
        const result = {
          kind: "create",
          uri
        };
        if (options !== void 0 && (options.overwrite !== void 0 || options.ignoreIfExists !== void 0)) {
          result.options = options;
        }
        if (annotation !== void 0) {
          result.annotationId = annotation;
        }
        return result;
      }
      CreateFile2.create = create;
      function is(value) {
        const candidate = value;
        return candidate && candidate.kind === "create" && Is.string(candidate.uri) && (candidate.options === void 0 || (candidate.options.overwrite === void 0 || Is.boolean(candidate.options.overwrite)) && (candidate.options.ignoreIfExists === void 0 || Is.boolean(candidate.options.ignoreIfExists))) && (candidate.annotationId === void 0 || ChangeAnnotationIdentifier.is(candidate.annotationId));
      }
      CreateFile2.is = is;
    })(CreateFile || (CreateFile = {}));
    (function(RenameFile2) {
      function create(oldUri, newUri, options, annotation) {
        const result = {
          kind: "rename",
          oldUri,
          newUri
        };
        if (options !== void 0 && (options.overwrite !== void 0 || options.ignoreIfExists !== void 0)) {
          result.options = options;
        }
        if (annotation !== void 0) {
          result.annotationId = annotation;
        }
        return result;
      }
      RenameFile2.create = create;
      function is(value) {
        const candidate = value;
        return candidate && candidate.kind === "rename" && Is.string(candidate.oldUri) && Is.string(candidate.newUri) && (candidate.options === void 0 || (candidate.options.overwrite === void 0 || Is.boolean(candidate.options.overwrite)) && (candidate.options.ignoreIfExists === void 0 || Is.boolean(candidate.options.ignoreIfExists))) && (candidate.annotationId === void 0 || ChangeAnnotationIdentifier.is(candidate.annotationId));
      }
      RenameFile2.is = is;
    })(RenameFile || (RenameFile = {}));
    (function(DeleteFile2) {
      function create(uri, options, annotation) {
        const result = {
          kind: "delete",
          uri
        };
        if (options !== void 0 && (options.recursive !== void 0 || options.ignoreIfNotExists !== void 0)) {
          result.options = options;
        }
        if (annotation !== void 0) {
          result.annotationId = annotation;
        }
        return result;
      }
      DeleteFile2.create = create;
      function is(value) {
        const candidate = value;
        return candidate && candidate.kind === "delete" && Is.string(candidate.uri) && (candidate.options === void 0 || (candidate.options.recursive === void 0 || Is.boolean(candidate.options.recursive)) && (candidate.options.ignoreIfNotExists === void 0 || Is.boolean(candidate.options.ignoreIfNotExists))) && (candidate.annotationId === void 0 || ChangeAnnotationIdentifier.is(candidate.annotationId));
      }
      DeleteFile2.is = is;
    })(DeleteFile || (DeleteFile = {}));
    (function(WorkspaceEdit2) {
      function is(value) {
        const candidate = value;
        return candidate && (candidate.changes !== void 0 || candidate.documentChanges !== void 0) && (candidate.documentChanges === void 0 || candidate.documentChanges.every((change) => {
          if (Is.string(change.kind)) {
            return CreateFile.is(change) || RenameFile.is(change) || DeleteFile.is(change);
          } else {
            return TextDocumentEdit.is(change);
          }
        }));
      }
      WorkspaceEdit2.is = is;
    })(WorkspaceEdit || (WorkspaceEdit = {}));
    TextEditChangeImpl = class {
      constructor(edits, changeAnnotations) {
        this.edits = edits;
        this.changeAnnotations = changeAnnotations;
      }
      insert(position, newText, annotation) {
        let edit;
        let id;
        if (annotation === void 0) {
          edit = TextEdit.insert(position, newText);
        } else if (ChangeAnnotationIdentifier.is(annotation)) {
          id = annotation;
          edit = AnnotatedTextEdit.insert(position, newText, annotation);
        } else {
          this.assertChangeAnnotations(this.changeAnnotations);
          id = this.changeAnnotations.manage(annotation);
          edit = AnnotatedTextEdit.insert(position, newText, id);
        }
        this.edits.push(edit);
        if (id !== void 0) {
          return id;
        }
      }
      replace(range, newText, annotation) {
        let edit;
        let id;
        if (annotation === void 0) {
          edit = TextEdit.replace(range, newText);
        } else if (ChangeAnnotationIdentifier.is(annotation)) {
          id = annotation;
          edit = AnnotatedTextEdit.replace(range, newText, annotation);
        } else {
          this.assertChangeAnnotations(this.changeAnnotations);
          id = this.changeAnnotations.manage(annotation);
          edit = AnnotatedTextEdit.replace(range, newText, id);
        }
        this.edits.push(edit);
        if (id !== void 0) {
          return id;
        }
      }
      delete(range, annotation) {
        let edit;
        let id;
        if (annotation === void 0) {
          edit = TextEdit.del(range);
        } else if (ChangeAnnotationIdentifier.is(annotation)) {
          id = annotation;
          edit = AnnotatedTextEdit.del(range, annotation);
        } else {
          this.assertChangeAnnotations(this.changeAnnotations);
          id = this.changeAnnotations.manage(annotation);
          edit = AnnotatedTextEdit.del(range, id);
        }
        this.edits.push(edit);
        if (id !== void 0) {
          return id;
        }
      }
      add(edit) {
        this.edits.push(edit);
      }
      all() {
        return this.edits;
      }
      clear() {
        this.edits.splice(0, this.edits.length);
      }
      assertChangeAnnotations(value) {
        if (value === void 0) {
          throw new Error(`Text edit change is not configured to manage change annotations.`);
        }
      }
    };
    (function(SnippetTextEdit2) {
      function is(value) {
        const candidate = value;
        return Is.objectLiteral(candidate) && Range.is(candidate.range) && StringValue.isSnippet(candidate.snippet) && (candidate.annotationId === void 0 || (ChangeAnnotation.is(candidate.annotationId) || ChangeAnnotationIdentifier.is(candidate.annotationId)));
      }
      SnippetTextEdit2.is = is;
    })(SnippetTextEdit || (SnippetTextEdit = {}));
    ChangeAnnotations = class {
      constructor(annotations) {
        this._annotations = annotations === void 0 ? /* @__PURE__ */ Object.create(null) : annotations;
        this._counter = 0;
        this._size = 0;
      }
      all() {
        return this._annotations;
      }
      get size() {
        return this._size;
      }
      manage(idOrAnnotation, annotation) {
        let id;
        if (ChangeAnnotationIdentifier.is(idOrAnnotation)) {
          id = idOrAnnotation;
        } else {
          id = this.nextId();
          annotation = idOrAnnotation;
        }
        if (this._annotations[id] !== void 0) {
          throw new Error(`Id ${id} is already in use.`);
        }
        if (annotation === void 0) {
          throw new Error(`No annotation provided for id ${id}`);
        }
        this._annotations[id] = annotation;
        this._size++;
        return id;
      }
      nextId() {
        this._counter++;
        return this._counter.toString();
      }
    };
    WorkspaceChange = class {
      constructor(workspaceEdit) {
        this._textEditChanges = /* @__PURE__ */ Object.create(null);
        if (workspaceEdit !== void 0) {
          this._workspaceEdit = workspaceEdit;
          if (workspaceEdit.documentChanges) {
            this._changeAnnotations = new ChangeAnnotations(workspaceEdit.changeAnnotations);
            workspaceEdit.changeAnnotations = this._changeAnnotations.all();
            workspaceEdit.documentChanges.forEach((change) => {
              if (TextDocumentEdit.is(change)) {
                const textEditChange = new TextEditChangeImpl(change.edits, this._changeAnnotations);
                this._textEditChanges[change.textDocument.uri] = textEditChange;
              }
            });
          } else if (workspaceEdit.changes) {
            Object.keys(workspaceEdit.changes).forEach((key) => {
              const textEditChange = new TextEditChangeImpl(workspaceEdit.changes[key]);
              this._textEditChanges[key] = textEditChange;
            });
          }
        } else {
          this._workspaceEdit = {};
        }
      }
      /**
       * Returns the underlying {@link WorkspaceEdit} literal
       * use to be returned from a workspace edit operation like rename.
       */
      get edit() {
        this.initDocumentChanges();
        if (this._changeAnnotations !== void 0) {
          if (this._changeAnnotations.size === 0) {
            this._workspaceEdit.changeAnnotations = void 0;
          } else {
            this._workspaceEdit.changeAnnotations = this._changeAnnotations.all();
          }
        }
        return this._workspaceEdit;
      }
      getTextEditChange(key) {
        if (OptionalVersionedTextDocumentIdentifier.is(key)) {
          this.initDocumentChanges();
          if (this._workspaceEdit.documentChanges === void 0) {
            throw new Error("Workspace edit is not configured for document changes.");
          }
          const textDocument = { uri: key.uri, version: key.version };
          let result = this._textEditChanges[textDocument.uri];
          if (!result) {
            const edits = [];
            const textDocumentEdit = {
              textDocument,
              edits
            };
            this._workspaceEdit.documentChanges.push(textDocumentEdit);
            result = new TextEditChangeImpl(edits, this._changeAnnotations);
            this._textEditChanges[textDocument.uri] = result;
          }
          return result;
        } else {
          this.initChanges();
          if (this._workspaceEdit.changes === void 0) {
            throw new Error("Workspace edit is not configured for normal text edit changes.");
          }
          let result = this._textEditChanges[key];
          if (!result) {
            const edits = [];
            this._workspaceEdit.changes[key] = edits;
            result = new TextEditChangeImpl(edits);
            this._textEditChanges[key] = result;
          }
          return result;
        }
      }
      initDocumentChanges() {
        if (this._workspaceEdit.documentChanges === void 0 && this._workspaceEdit.changes === void 0) {
          this._changeAnnotations = new ChangeAnnotations();
          this._workspaceEdit.documentChanges = [];
          this._workspaceEdit.changeAnnotations = this._changeAnnotations.all();
        }
      }
      initChanges() {
        if (this._workspaceEdit.documentChanges === void 0 && this._workspaceEdit.changes === void 0) {
          this._workspaceEdit.changes = /* @__PURE__ */ Object.create(null);
        }
      }
      createFile(uri, optionsOrAnnotation, options) {
        this.initDocumentChanges();
        if (this._workspaceEdit.documentChanges === void 0) {
          throw new Error("Workspace edit is not configured for document changes.");
        }
        let annotation;
        if (ChangeAnnotation.is(optionsOrAnnotation) || ChangeAnnotationIdentifier.is(optionsOrAnnotation)) {
          annotation = optionsOrAnnotation;
        } else {
          options = optionsOrAnnotation;
        }
        let operation;
        let id;
        if (annotation === void 0) {
          operation = CreateFile.create(uri, options);
        } else {
          id = ChangeAnnotationIdentifier.is(annotation) ? annotation : this._changeAnnotations.manage(annotation);
          operation = CreateFile.create(uri, options, id);
        }
        this._workspaceEdit.documentChanges.push(operation);
        if (id !== void 0) {
          return id;
        }
      }
      renameFile(oldUri, newUri, optionsOrAnnotation, options) {
        this.initDocumentChanges();
        if (this._workspaceEdit.documentChanges === void 0) {
          throw new Error("Workspace edit is not configured for document changes.");
        }
        let annotation;
        if (ChangeAnnotation.is(optionsOrAnnotation) || ChangeAnnotationIdentifier.is(optionsOrAnnotation)) {
          annotation = optionsOrAnnotation;
        } else {
          options = optionsOrAnnotation;
        }
        let operation;
        let id;
        if (annotation === void 0) {
          operation = RenameFile.create(oldUri, newUri, options);
        } else {
          id = ChangeAnnotationIdentifier.is(annotation) ? annotation : this._changeAnnotations.manage(annotation);
          operation = RenameFile.create(oldUri, newUri, options, id);
        }
        this._workspaceEdit.documentChanges.push(operation);
        if (id !== void 0) {
          return id;
        }
      }
      deleteFile(uri, optionsOrAnnotation, options) {
        this.initDocumentChanges();
        if (this._workspaceEdit.documentChanges === void 0) {
          throw new Error("Workspace edit is not configured for document changes.");
        }
        let annotation;
        if (ChangeAnnotation.is(optionsOrAnnotation) || ChangeAnnotationIdentifier.is(optionsOrAnnotation)) {
          annotation = optionsOrAnnotation;
        } else {
          options = optionsOrAnnotation;
        }
        let operation;
        let id;
        if (annotation === void 0) {
          operation = DeleteFile.create(uri, options);
        } else {
          id = ChangeAnnotationIdentifier.is(annotation) ? annotation : this._changeAnnotations.manage(annotation);
          operation = DeleteFile.create(uri, options, id);
        }
        this._workspaceEdit.documentChanges.push(operation);
        if (id !== void 0) {
          return id;
        }
      }
    };
    (function(TextDocumentIdentifier2) {
      function create(uri) {
        return { uri };
      }
      TextDocumentIdentifier2.create = create;
      function is(value) {
        const candidate = value;
        return Is.defined(candidate) && Is.string(candidate.uri);
      }
      TextDocumentIdentifier2.is = is;
    })(TextDocumentIdentifier || (TextDocumentIdentifier = {}));
    (function(VersionedTextDocumentIdentifier2) {
      function create(uri, version) {
        return { uri, version };
      }
      VersionedTextDocumentIdentifier2.create = create;
      function is(value) {
        const candidate = value;
        return Is.defined(candidate) && Is.string(candidate.uri) && Is.integer(candidate.version);
      }
      VersionedTextDocumentIdentifier2.is = is;
    })(VersionedTextDocumentIdentifier || (VersionedTextDocumentIdentifier = {}));
    (function(OptionalVersionedTextDocumentIdentifier2) {
      function create(uri, version) {
        return { uri, version };
      }
      OptionalVersionedTextDocumentIdentifier2.create = create;
      function is(value) {
        const candidate = value;
        return Is.defined(candidate) && Is.string(candidate.uri) && (candidate.version === null || Is.integer(candidate.version));
      }
      OptionalVersionedTextDocumentIdentifier2.is = is;
    })(OptionalVersionedTextDocumentIdentifier || (OptionalVersionedTextDocumentIdentifier = {}));
    (function(LanguageKind2) {
      LanguageKind2.ABAP = "abap";
      LanguageKind2.WindowsBat = "bat";
      LanguageKind2.BibTeX = "bibtex";
      LanguageKind2.Clojure = "clojure";
      LanguageKind2.Coffeescript = "coffeescript";
      LanguageKind2.C = "c";
      LanguageKind2.CPP = "cpp";
      LanguageKind2.CSharp = "csharp";
      LanguageKind2.CSS = "css";
      LanguageKind2.D = "d";
      LanguageKind2.Delphi = "pascal";
      LanguageKind2.Diff = "diff";
      LanguageKind2.Dart = "dart";
      LanguageKind2.Dockerfile = "dockerfile";
      LanguageKind2.Elixir = "elixir";
      LanguageKind2.Erlang = "erlang";
      LanguageKind2.FSharp = "fsharp";
      LanguageKind2.GitCommit = "git-commit";
      LanguageKind2.GitRebase = "git-rebase";
      LanguageKind2.Go = "go";
      LanguageKind2.Groovy = "groovy";
      LanguageKind2.Handlebars = "handlebars";
      LanguageKind2.Haskell = "haskell";
      LanguageKind2.HTML = "html";
      LanguageKind2.Ini = "ini";
      LanguageKind2.Java = "java";
      LanguageKind2.JavaScript = "javascript";
      LanguageKind2.JavaScriptReact = "javascriptreact";
      LanguageKind2.JSON = "json";
      LanguageKind2.LaTeX = "latex";
      LanguageKind2.Less = "less";
      LanguageKind2.Lua = "lua";
      LanguageKind2.Makefile = "makefile";
      LanguageKind2.Markdown = "markdown";
      LanguageKind2.ObjectiveC = "objective-c";
      LanguageKind2.ObjectiveCPP = "objective-cpp";
      LanguageKind2.Pascal = "pascal";
      LanguageKind2.Perl = "perl";
      LanguageKind2.Perl6 = "perl6";
      LanguageKind2.PHP = "php";
      LanguageKind2.Plaintext = "plaintext";
      LanguageKind2.Powershell = "powershell";
      LanguageKind2.Pug = "jade";
      LanguageKind2.Python = "python";
      LanguageKind2.R = "r";
      LanguageKind2.Razor = "razor";
      LanguageKind2.Ruby = "ruby";
      LanguageKind2.Rust = "rust";
      LanguageKind2.SCSS = "scss";
      LanguageKind2.SASS = "sass";
      LanguageKind2.Scala = "scala";
      LanguageKind2.ShaderLab = "shaderlab";
      LanguageKind2.ShellScript = "shellscript";
      LanguageKind2.SQL = "sql";
      LanguageKind2.Swift = "swift";
      LanguageKind2.TypeScript = "typescript";
      LanguageKind2.TypeScriptReact = "typescriptreact";
      LanguageKind2.TeX = "tex";
      LanguageKind2.VisualBasic = "vb";
      LanguageKind2.XML = "xml";
      LanguageKind2.XSL = "xsl";
      LanguageKind2.YAML = "yaml";
    })(LanguageKind || (LanguageKind = {}));
    (function(TextDocumentItem2) {
      function create(uri, languageId, version, text2) {
        return { uri, languageId, version, text: text2 };
      }
      TextDocumentItem2.create = create;
      function is(value) {
        const candidate = value;
        return Is.defined(candidate) && Is.string(candidate.uri) && Is.string(candidate.languageId) && Is.integer(candidate.version) && Is.string(candidate.text);
      }
      TextDocumentItem2.is = is;
    })(TextDocumentItem || (TextDocumentItem = {}));
    (function(MarkupKind2) {
      MarkupKind2.PlainText = "plaintext";
      MarkupKind2.Markdown = "markdown";
      function is(value) {
        const candidate = value;
        return candidate === MarkupKind2.PlainText || candidate === MarkupKind2.Markdown;
      }
      MarkupKind2.is = is;
    })(MarkupKind || (MarkupKind = {}));
    (function(MarkupContent2) {
      function is(value) {
        const candidate = value;
        return Is.objectLiteral(value) && MarkupKind.is(candidate.kind) && Is.string(candidate.value);
      }
      MarkupContent2.is = is;
    })(MarkupContent || (MarkupContent = {}));
    (function(CompletionItemKind2) {
      CompletionItemKind2.Text = 1;
      CompletionItemKind2.Method = 2;
      CompletionItemKind2.Function = 3;
      CompletionItemKind2.Constructor = 4;
      CompletionItemKind2.Field = 5;
      CompletionItemKind2.Variable = 6;
      CompletionItemKind2.Class = 7;
      CompletionItemKind2.Interface = 8;
      CompletionItemKind2.Module = 9;
      CompletionItemKind2.Property = 10;
      CompletionItemKind2.Unit = 11;
      CompletionItemKind2.Value = 12;
      CompletionItemKind2.Enum = 13;
      CompletionItemKind2.Keyword = 14;
      CompletionItemKind2.Snippet = 15;
      CompletionItemKind2.Color = 16;
      CompletionItemKind2.File = 17;
      CompletionItemKind2.Reference = 18;
      CompletionItemKind2.Folder = 19;
      CompletionItemKind2.EnumMember = 20;
      CompletionItemKind2.Constant = 21;
      CompletionItemKind2.Struct = 22;
      CompletionItemKind2.Event = 23;
      CompletionItemKind2.Operator = 24;
      CompletionItemKind2.TypeParameter = 25;
    })(CompletionItemKind || (CompletionItemKind = {}));
    (function(InsertTextFormat2) {
      InsertTextFormat2.PlainText = 1;
      InsertTextFormat2.Snippet = 2;
    })(InsertTextFormat || (InsertTextFormat = {}));
    (function(CompletionItemTag2) {
      CompletionItemTag2.Deprecated = 1;
    })(CompletionItemTag || (CompletionItemTag = {}));
    (function(InsertReplaceEdit2) {
      function create(newText, insert, replace) {
        return { newText, insert, replace };
      }
      InsertReplaceEdit2.create = create;
      function is(value) {
        const candidate = value;
        return candidate && Is.string(candidate.newText) && Range.is(candidate.insert) && Range.is(candidate.replace);
      }
      InsertReplaceEdit2.is = is;
    })(InsertReplaceEdit || (InsertReplaceEdit = {}));
    (function(InsertTextMode2) {
      InsertTextMode2.asIs = 1;
      InsertTextMode2.adjustIndentation = 2;
    })(InsertTextMode || (InsertTextMode = {}));
    (function(ApplyKind2) {
      ApplyKind2.Replace = 1;
      ApplyKind2.Merge = 2;
    })(ApplyKind || (ApplyKind = {}));
    (function(CompletionItemLabelDetails2) {
      function is(value) {
        const candidate = value;
        return candidate && (Is.string(candidate.detail) || candidate.detail === void 0) && (Is.string(candidate.description) || candidate.description === void 0);
      }
      CompletionItemLabelDetails2.is = is;
    })(CompletionItemLabelDetails || (CompletionItemLabelDetails = {}));
    (function(CompletionItem2) {
      function create(label2) {
        return { label: label2 };
      }
      CompletionItem2.create = create;
    })(CompletionItem || (CompletionItem = {}));
    (function(CompletionList2) {
      function create(items, isIncomplete) {
        return { items: items ? items : [], isIncomplete: !!isIncomplete };
      }
      CompletionList2.create = create;
    })(CompletionList || (CompletionList = {}));
    (function(MarkedString2) {
      function fromPlainText(plainText) {
        return plainText.replace(/[\\`*_{}[\]()#+\-.!]/g, "\\$&");
      }
      MarkedString2.fromPlainText = fromPlainText;
      function is(value) {
        const candidate = value;
        return Is.string(candidate) || Is.objectLiteral(candidate) && Is.string(candidate.language) && Is.string(candidate.value);
      }
      MarkedString2.is = is;
    })(MarkedString || (MarkedString = {}));
    (function(Hover2) {
      function is(value) {
        const candidate = value;
        return !!candidate && Is.objectLiteral(candidate) && (MarkupContent.is(candidate.contents) || MarkedString.is(candidate.contents) || Is.typedArray(candidate.contents, MarkedString.is)) && (value.range === void 0 || Range.is(value.range));
      }
      Hover2.is = is;
    })(Hover || (Hover = {}));
    (function(ParameterInformation2) {
      function create(label2, documentation) {
        return documentation ? { label: label2, documentation } : { label: label2 };
      }
      ParameterInformation2.create = create;
    })(ParameterInformation || (ParameterInformation = {}));
    (function(SignatureInformation2) {
      function create(label2, documentation, ...parameters) {
        const result = { label: label2 };
        if (Is.defined(documentation)) {
          result.documentation = documentation;
        }
        if (Is.defined(parameters)) {
          result.parameters = parameters;
        } else {
          result.parameters = [];
        }
        return result;
      }
      SignatureInformation2.create = create;
    })(SignatureInformation || (SignatureInformation = {}));
    (function(DocumentHighlightKind2) {
      DocumentHighlightKind2.Text = 1;
      DocumentHighlightKind2.Read = 2;
      DocumentHighlightKind2.Write = 3;
    })(DocumentHighlightKind || (DocumentHighlightKind = {}));
    (function(DocumentHighlight2) {
      function create(range, kind) {
        const result = { range };
        if (Is.number(kind)) {
          result.kind = kind;
        }
        return result;
      }
      DocumentHighlight2.create = create;
    })(DocumentHighlight || (DocumentHighlight = {}));
    (function(SymbolKind2) {
      SymbolKind2.File = 1;
      SymbolKind2.Module = 2;
      SymbolKind2.Namespace = 3;
      SymbolKind2.Package = 4;
      SymbolKind2.Class = 5;
      SymbolKind2.Method = 6;
      SymbolKind2.Property = 7;
      SymbolKind2.Field = 8;
      SymbolKind2.Constructor = 9;
      SymbolKind2.Enum = 10;
      SymbolKind2.Interface = 11;
      SymbolKind2.Function = 12;
      SymbolKind2.Variable = 13;
      SymbolKind2.Constant = 14;
      SymbolKind2.String = 15;
      SymbolKind2.Number = 16;
      SymbolKind2.Boolean = 17;
      SymbolKind2.Array = 18;
      SymbolKind2.Object = 19;
      SymbolKind2.Key = 20;
      SymbolKind2.Null = 21;
      SymbolKind2.EnumMember = 22;
      SymbolKind2.Struct = 23;
      SymbolKind2.Event = 24;
      SymbolKind2.Operator = 25;
      SymbolKind2.TypeParameter = 26;
    })(SymbolKind || (SymbolKind = {}));
    (function(SymbolTag2) {
      SymbolTag2.Deprecated = 1;
    })(SymbolTag || (SymbolTag = {}));
    (function(SymbolInformation2) {
      function create(name, kind, range, uri, containerName) {
        const result = {
          name,
          kind,
          location: { uri, range }
        };
        if (containerName) {
          result.containerName = containerName;
        }
        return result;
      }
      SymbolInformation2.create = create;
    })(SymbolInformation || (SymbolInformation = {}));
    (function(WorkspaceSymbol2) {
      function create(name, kind, uri, range) {
        return range !== void 0 ? { name, kind, location: { uri, range } } : { name, kind, location: { uri } };
      }
      WorkspaceSymbol2.create = create;
    })(WorkspaceSymbol || (WorkspaceSymbol = {}));
    (function(DocumentSymbol2) {
      function create(name, detail, kind, range, selectionRange, children) {
        const result = {
          name,
          detail,
          kind,
          range,
          selectionRange
        };
        if (children !== void 0) {
          result.children = children;
        }
        return result;
      }
      DocumentSymbol2.create = create;
      function is(value) {
        const candidate = value;
        return candidate && Is.string(candidate.name) && Is.number(candidate.kind) && Range.is(candidate.range) && Range.is(candidate.selectionRange) && (candidate.detail === void 0 || Is.string(candidate.detail)) && (candidate.deprecated === void 0 || Is.boolean(candidate.deprecated)) && (candidate.children === void 0 || Array.isArray(candidate.children)) && (candidate.tags === void 0 || Array.isArray(candidate.tags));
      }
      DocumentSymbol2.is = is;
    })(DocumentSymbol || (DocumentSymbol = {}));
    (function(CodeActionKind2) {
      CodeActionKind2.Empty = "";
      CodeActionKind2.QuickFix = "quickfix";
      CodeActionKind2.Refactor = "refactor";
      CodeActionKind2.RefactorExtract = "refactor.extract";
      CodeActionKind2.RefactorInline = "refactor.inline";
      CodeActionKind2.RefactorMove = "refactor.move";
      CodeActionKind2.RefactorRewrite = "refactor.rewrite";
      CodeActionKind2.Source = "source";
      CodeActionKind2.SourceOrganizeImports = "source.organizeImports";
      CodeActionKind2.SourceFixAll = "source.fixAll";
      CodeActionKind2.Notebook = "notebook";
    })(CodeActionKind || (CodeActionKind = {}));
    (function(CodeActionTriggerKind2) {
      CodeActionTriggerKind2.Invoked = 1;
      CodeActionTriggerKind2.Automatic = 2;
    })(CodeActionTriggerKind || (CodeActionTriggerKind = {}));
    (function(CodeActionContext2) {
      function create(diagnostics, only, triggerKind) {
        const result = { diagnostics };
        if (only !== void 0 && only !== null) {
          result.only = only;
        }
        if (triggerKind !== void 0 && triggerKind !== null) {
          result.triggerKind = triggerKind;
        }
        return result;
      }
      CodeActionContext2.create = create;
      function is(value) {
        const candidate = value;
        return Is.defined(candidate) && Is.typedArray(candidate.diagnostics, Diagnostic.is) && (candidate.only === void 0 || Is.typedArray(candidate.only, Is.string)) && (candidate.triggerKind === void 0 || candidate.triggerKind === CodeActionTriggerKind.Invoked || candidate.triggerKind === CodeActionTriggerKind.Automatic);
      }
      CodeActionContext2.is = is;
    })(CodeActionContext || (CodeActionContext = {}));
    (function(CodeActionTag2) {
      CodeActionTag2.LLMGenerated = 1;
      function is(value) {
        return Is.defined(value) && value === CodeActionTag2.LLMGenerated;
      }
      CodeActionTag2.is = is;
    })(CodeActionTag || (CodeActionTag = {}));
    (function(CodeAction2) {
      function create(title, kindOrCommandOrEdit, kind) {
        const result = { title };
        let checkKind = true;
        if (typeof kindOrCommandOrEdit === "string") {
          checkKind = false;
          result.kind = kindOrCommandOrEdit;
        } else if (Command.is(kindOrCommandOrEdit)) {
          result.command = kindOrCommandOrEdit;
        } else {
          result.edit = kindOrCommandOrEdit;
        }
        if (checkKind && kind !== void 0) {
          result.kind = kind;
        }
        return result;
      }
      CodeAction2.create = create;
      function is(value) {
        const candidate = value;
        return candidate && Is.string(candidate.title) && (candidate.diagnostics === void 0 || Is.typedArray(candidate.diagnostics, Diagnostic.is)) && (candidate.kind === void 0 || Is.string(candidate.kind)) && (candidate.edit !== void 0 || candidate.command !== void 0) && (candidate.command === void 0 || Command.is(candidate.command)) && (candidate.isPreferred === void 0 || Is.boolean(candidate.isPreferred)) && (candidate.edit === void 0 || WorkspaceEdit.is(candidate.edit)) && (candidate.tags === void 0 || Is.typedArray(candidate.tags, CodeActionTag.is));
      }
      CodeAction2.is = is;
    })(CodeAction || (CodeAction = {}));
    (function(CodeLens2) {
      function create(range, data) {
        const result = { range };
        if (Is.defined(data)) {
          result.data = data;
        }
        return result;
      }
      CodeLens2.create = create;
      function is(value) {
        const candidate = value;
        return Is.defined(candidate) && Range.is(candidate.range) && (Is.undefined(candidate.command) || Command.is(candidate.command));
      }
      CodeLens2.is = is;
    })(CodeLens || (CodeLens = {}));
    (function(FormattingOptions2) {
      function create(tabSize, insertSpaces) {
        return { tabSize, insertSpaces };
      }
      FormattingOptions2.create = create;
      function is(value) {
        const candidate = value;
        return Is.defined(candidate) && Is.uinteger(candidate.tabSize) && Is.boolean(candidate.insertSpaces);
      }
      FormattingOptions2.is = is;
    })(FormattingOptions || (FormattingOptions = {}));
    (function(DocumentLink2) {
      function create(range, target, data) {
        return { range, target, data };
      }
      DocumentLink2.create = create;
      function is(value) {
        const candidate = value;
        return Is.defined(candidate) && Range.is(candidate.range) && (Is.undefined(candidate.target) || Is.string(candidate.target));
      }
      DocumentLink2.is = is;
    })(DocumentLink || (DocumentLink = {}));
    (function(SelectionRange2) {
      function create(range, parent) {
        return { range, parent };
      }
      SelectionRange2.create = create;
      function is(value) {
        const candidate = value;
        return Is.objectLiteral(candidate) && Range.is(candidate.range) && (candidate.parent === void 0 || SelectionRange2.is(candidate.parent));
      }
      SelectionRange2.is = is;
    })(SelectionRange || (SelectionRange = {}));
    (function(SemanticTokenTypes2) {
      SemanticTokenTypes2["namespace"] = "namespace";
      SemanticTokenTypes2["type"] = "type";
      SemanticTokenTypes2["class"] = "class";
      SemanticTokenTypes2["enum"] = "enum";
      SemanticTokenTypes2["interface"] = "interface";
      SemanticTokenTypes2["struct"] = "struct";
      SemanticTokenTypes2["typeParameter"] = "typeParameter";
      SemanticTokenTypes2["parameter"] = "parameter";
      SemanticTokenTypes2["variable"] = "variable";
      SemanticTokenTypes2["property"] = "property";
      SemanticTokenTypes2["enumMember"] = "enumMember";
      SemanticTokenTypes2["event"] = "event";
      SemanticTokenTypes2["function"] = "function";
      SemanticTokenTypes2["method"] = "method";
      SemanticTokenTypes2["macro"] = "macro";
      SemanticTokenTypes2["keyword"] = "keyword";
      SemanticTokenTypes2["modifier"] = "modifier";
      SemanticTokenTypes2["comment"] = "comment";
      SemanticTokenTypes2["string"] = "string";
      SemanticTokenTypes2["number"] = "number";
      SemanticTokenTypes2["regexp"] = "regexp";
      SemanticTokenTypes2["operator"] = "operator";
      SemanticTokenTypes2["decorator"] = "decorator";
      SemanticTokenTypes2["label"] = "label";
    })(SemanticTokenTypes || (SemanticTokenTypes = {}));
    (function(SemanticTokenModifiers2) {
      SemanticTokenModifiers2["declaration"] = "declaration";
      SemanticTokenModifiers2["definition"] = "definition";
      SemanticTokenModifiers2["readonly"] = "readonly";
      SemanticTokenModifiers2["static"] = "static";
      SemanticTokenModifiers2["deprecated"] = "deprecated";
      SemanticTokenModifiers2["abstract"] = "abstract";
      SemanticTokenModifiers2["async"] = "async";
      SemanticTokenModifiers2["modification"] = "modification";
      SemanticTokenModifiers2["documentation"] = "documentation";
      SemanticTokenModifiers2["defaultLibrary"] = "defaultLibrary";
    })(SemanticTokenModifiers || (SemanticTokenModifiers = {}));
    (function(SemanticTokens2) {
      function is(value) {
        const candidate = value;
        return Is.objectLiteral(candidate) && (candidate.resultId === void 0 || typeof candidate.resultId === "string") && Array.isArray(candidate.data) && (candidate.data.length === 0 || typeof candidate.data[0] === "number");
      }
      SemanticTokens2.is = is;
    })(SemanticTokens || (SemanticTokens = {}));
    (function(InlineValueText2) {
      function create(range, text2) {
        return { range, text: text2 };
      }
      InlineValueText2.create = create;
      function is(value) {
        const candidate = value;
        return candidate !== void 0 && candidate !== null && Range.is(candidate.range) && Is.string(candidate.text);
      }
      InlineValueText2.is = is;
    })(InlineValueText || (InlineValueText = {}));
    (function(InlineValueVariableLookup2) {
      function create(range, variableName, caseSensitiveLookup) {
        return { range, variableName, caseSensitiveLookup };
      }
      InlineValueVariableLookup2.create = create;
      function is(value) {
        const candidate = value;
        return candidate !== void 0 && candidate !== null && Range.is(candidate.range) && Is.boolean(candidate.caseSensitiveLookup) && (Is.string(candidate.variableName) || candidate.variableName === void 0);
      }
      InlineValueVariableLookup2.is = is;
    })(InlineValueVariableLookup || (InlineValueVariableLookup = {}));
    (function(InlineValueEvaluatableExpression2) {
      function create(range, expression) {
        return { range, expression };
      }
      InlineValueEvaluatableExpression2.create = create;
      function is(value) {
        const candidate = value;
        return candidate !== void 0 && candidate !== null && Range.is(candidate.range) && (Is.string(candidate.expression) || candidate.expression === void 0);
      }
      InlineValueEvaluatableExpression2.is = is;
    })(InlineValueEvaluatableExpression || (InlineValueEvaluatableExpression = {}));
    (function(InlineValueContext2) {
      function create(frameId, stoppedLocation) {
        return { frameId, stoppedLocation };
      }
      InlineValueContext2.create = create;
      function is(value) {
        const candidate = value;
        return Is.defined(candidate) && Range.is(value.stoppedLocation);
      }
      InlineValueContext2.is = is;
    })(InlineValueContext || (InlineValueContext = {}));
    (function(InlayHintKind2) {
      InlayHintKind2.Type = 1;
      InlayHintKind2.Parameter = 2;
      function is(value) {
        return value === 1 || value === 2;
      }
      InlayHintKind2.is = is;
    })(InlayHintKind || (InlayHintKind = {}));
    (function(InlayHintLabelPart2) {
      function create(value) {
        return { value };
      }
      InlayHintLabelPart2.create = create;
      function is(value) {
        const candidate = value;
        return Is.objectLiteral(candidate) && (candidate.tooltip === void 0 || Is.string(candidate.tooltip) || MarkupContent.is(candidate.tooltip)) && (candidate.location === void 0 || Location.is(candidate.location)) && (candidate.command === void 0 || Command.is(candidate.command));
      }
      InlayHintLabelPart2.is = is;
    })(InlayHintLabelPart || (InlayHintLabelPart = {}));
    (function(InlayHint2) {
      function create(position, label2, kind) {
        const result = { position, label: label2 };
        if (kind !== void 0) {
          result.kind = kind;
        }
        return result;
      }
      InlayHint2.create = create;
      function is(value) {
        const candidate = value;
        return Is.objectLiteral(candidate) && Position.is(candidate.position) && (Is.string(candidate.label) || Is.typedArray(candidate.label, InlayHintLabelPart.is)) && (candidate.kind === void 0 || InlayHintKind.is(candidate.kind)) && candidate.textEdits === void 0 || Is.typedArray(candidate.textEdits, TextEdit.is) && (candidate.tooltip === void 0 || Is.string(candidate.tooltip) || MarkupContent.is(candidate.tooltip)) && (candidate.paddingLeft === void 0 || Is.boolean(candidate.paddingLeft)) && (candidate.paddingRight === void 0 || Is.boolean(candidate.paddingRight));
      }
      InlayHint2.is = is;
    })(InlayHint || (InlayHint = {}));
    (function(StringValue2) {
      function createSnippet(value) {
        return { kind: "snippet", value };
      }
      StringValue2.createSnippet = createSnippet;
      function isSnippet(value) {
        const candidate = value;
        return Is.objectLiteral(candidate) && candidate.kind === "snippet" && Is.string(candidate.value);
      }
      StringValue2.isSnippet = isSnippet;
    })(StringValue || (StringValue = {}));
    (function(InlineCompletionItem2) {
      function create(insertText, filterText, range, command) {
        return { insertText, filterText, range, command };
      }
      InlineCompletionItem2.create = create;
    })(InlineCompletionItem || (InlineCompletionItem = {}));
    (function(InlineCompletionList2) {
      function create(items) {
        return { items };
      }
      InlineCompletionList2.create = create;
    })(InlineCompletionList || (InlineCompletionList = {}));
    (function(InlineCompletionTriggerKind2) {
      InlineCompletionTriggerKind2.Invoked = 1;
      InlineCompletionTriggerKind2.Automatic = 2;
    })(InlineCompletionTriggerKind || (InlineCompletionTriggerKind = {}));
    (function(SelectedCompletionInfo2) {
      function create(range, text2) {
        return { range, text: text2 };
      }
      SelectedCompletionInfo2.create = create;
    })(SelectedCompletionInfo || (SelectedCompletionInfo = {}));
    (function(InlineCompletionContext2) {
      function create(triggerKind, selectedCompletionInfo) {
        return { triggerKind, selectedCompletionInfo };
      }
      InlineCompletionContext2.create = create;
    })(InlineCompletionContext || (InlineCompletionContext = {}));
    (function(WorkspaceFolder2) {
      function is(value) {
        const candidate = value;
        return Is.objectLiteral(candidate) && URI.is(candidate.uri) && Is.string(candidate.name);
      }
      WorkspaceFolder2.is = is;
    })(WorkspaceFolder || (WorkspaceFolder = {}));
    EOL = ["\n", "\r\n", "\r"];
    (function(TextDocument3) {
      function create(uri, languageId, version, content) {
        return new FullTextDocument(uri, languageId, version, content);
      }
      TextDocument3.create = create;
      function is(value) {
        const candidate = value;
        return Is.defined(candidate) && Is.string(candidate.uri) && (Is.undefined(candidate.languageId) || Is.string(candidate.languageId)) && Is.uinteger(candidate.lineCount) && Is.func(candidate.getText) && Is.func(candidate.positionAt) && Is.func(candidate.offsetAt) ? true : false;
      }
      TextDocument3.is = is;
      function applyEdits(document, edits) {
        let text2 = document.getText();
        const sortedEdits = mergeSort2(edits, (a, b) => {
          const diff = a.range.start.line - b.range.start.line;
          if (diff === 0) {
            return a.range.start.character - b.range.start.character;
          }
          return diff;
        });
        let lastModifiedOffset = text2.length;
        for (let i = sortedEdits.length - 1; i >= 0; i--) {
          const e = sortedEdits[i];
          const startOffset = document.offsetAt(e.range.start);
          const endOffset = document.offsetAt(e.range.end);
          if (endOffset <= lastModifiedOffset) {
            text2 = text2.substring(0, startOffset) + e.newText + text2.substring(endOffset, text2.length);
          } else {
            throw new Error("Overlapping edit");
          }
          lastModifiedOffset = startOffset;
        }
        return text2;
      }
      TextDocument3.applyEdits = applyEdits;
      function mergeSort2(data, compare) {
        if (data.length <= 1) {
          return data;
        }
        const p = data.length / 2 | 0;
        const left = data.slice(0, p);
        const right = data.slice(p);
        mergeSort2(left, compare);
        mergeSort2(right, compare);
        let leftIdx = 0;
        let rightIdx = 0;
        let i = 0;
        while (leftIdx < left.length && rightIdx < right.length) {
          const ret = compare(left[leftIdx], right[rightIdx]);
          if (ret <= 0) {
            data[i++] = left[leftIdx++];
          } else {
            data[i++] = right[rightIdx++];
          }
        }
        while (leftIdx < left.length) {
          data[i++] = left[leftIdx++];
        }
        while (rightIdx < right.length) {
          data[i++] = right[rightIdx++];
        }
        return data;
      }
    })(TextDocument || (TextDocument = {}));
    FullTextDocument = class {
      constructor(uri, languageId, version, content) {
        this._uri = uri;
        this._languageId = languageId;
        this._version = version;
        this._content = content;
        this._lineOffsets = void 0;
      }
      get uri() {
        return this._uri;
      }
      get languageId() {
        return this._languageId;
      }
      get version() {
        return this._version;
      }
      getText(range) {
        if (range) {
          const start = this.offsetAt(range.start);
          const end = this.offsetAt(range.end);
          return this._content.substring(start, end);
        }
        return this._content;
      }
      update(event, version) {
        this._content = event.text;
        this._version = version;
        this._lineOffsets = void 0;
      }
      getLineOffsets() {
        if (this._lineOffsets === void 0) {
          const lineOffsets = [];
          const text2 = this._content;
          let isLineStart = true;
          for (let i = 0; i < text2.length; i++) {
            if (isLineStart) {
              lineOffsets.push(i);
              isLineStart = false;
            }
            const ch = text2.charAt(i);
            isLineStart = ch === "\r" || ch === "\n";
            if (ch === "\r" && i + 1 < text2.length && text2.charAt(i + 1) === "\n") {
              i++;
            }
          }
          if (isLineStart && text2.length > 0) {
            lineOffsets.push(text2.length);
          }
          this._lineOffsets = lineOffsets;
        }
        return this._lineOffsets;
      }
      positionAt(offset) {
        offset = Math.max(Math.min(offset, this._content.length), 0);
        const lineOffsets = this.getLineOffsets();
        let low = 0, high = lineOffsets.length;
        if (high === 0) {
          return Position.create(0, offset);
        }
        while (low < high) {
          const mid = Math.floor((low + high) / 2);
          if (lineOffsets[mid] > offset) {
            high = mid;
          } else {
            low = mid + 1;
          }
        }
        const line = low - 1;
        return Position.create(line, offset - lineOffsets[line]);
      }
      offsetAt(position) {
        const lineOffsets = this.getLineOffsets();
        if (position.line >= lineOffsets.length) {
          return this._content.length;
        } else if (position.line < 0) {
          return 0;
        }
        const lineOffset = lineOffsets[position.line];
        const nextLineOffset = position.line + 1 < lineOffsets.length ? lineOffsets[position.line + 1] : this._content.length;
        return Math.max(Math.min(lineOffset + position.character, nextLineOffset), lineOffset);
      }
      get lineCount() {
        return this.getLineOffsets().length;
      }
    };
    (function(Is2) {
      const toString = Object.prototype.toString;
      function defined(value) {
        return typeof value !== "undefined";
      }
      Is2.defined = defined;
      function undefined2(value) {
        return typeof value === "undefined";
      }
      Is2.undefined = undefined2;
      function boolean(value) {
        return value === true || value === false;
      }
      Is2.boolean = boolean;
      function string(value) {
        return toString.call(value) === "[object String]";
      }
      Is2.string = string;
      function number(value) {
        return toString.call(value) === "[object Number]";
      }
      Is2.number = number;
      function numberRange(value, min, max) {
        return toString.call(value) === "[object Number]" && min <= value && value <= max;
      }
      Is2.numberRange = numberRange;
      function integer2(value) {
        return toString.call(value) === "[object Number]" && -2147483648 <= value && value <= 2147483647;
      }
      Is2.integer = integer2;
      function uinteger2(value) {
        return toString.call(value) === "[object Number]" && 0 <= value && value <= 2147483647;
      }
      Is2.uinteger = uinteger2;
      function func(value) {
        return toString.call(value) === "[object Function]";
      }
      Is2.func = func;
      function objectLiteral(value) {
        return value !== null && typeof value === "object";
      }
      Is2.objectLiteral = objectLiteral;
      function typedArray(value, check) {
        return Array.isArray(value) && value.every(check);
      }
      Is2.typedArray = typedArray;
    })(Is || (Is = {}));
  }
});

// node_modules/dockerfile-ast/lib/line.js
var require_line = __commonJS({
  "node_modules/dockerfile-ast/lib/line.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Line = void 0;
    var Line = class {
      constructor(document, range) {
        this.document = document;
        this.range = range;
      }
      getRange() {
        return this.range;
      }
      getTextContent() {
        return this.document.getText().substring(this.document.offsetAt(this.range.start), this.document.offsetAt(this.range.end));
      }
      isAfter(line) {
        return this.range.start.line > line.range.start.line;
      }
      isBefore(line) {
        return this.range.start.line < line;
      }
    };
    exports.Line = Line;
  }
});

// node_modules/dockerfile-ast/lib/util.js
var require_util = __commonJS({
  "node_modules/dockerfile-ast/lib/util.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Util = void 0;
    var Util = class _Util {
      static isUTF8BOM(char) {
        const uintArray = Uint8Array.from(Buffer.from(char, "UTF-8"));
        return uintArray[0] === 239 && uintArray[1] == 187 && uintArray[2] == 191;
      }
      static isWhitespace(char) {
        return char === " " || char === "	" || _Util.isNewline(char);
      }
      static isNewline(char) {
        return char === "\r" || char === "\n";
      }
      static findLeadingNonWhitespace(content, escapeChar) {
        whitespaceCheck: for (let i = 0; i < content.length; i++) {
          switch (content.charAt(i)) {
            case " ":
            case "	":
              continue;
            case escapeChar:
              escapeCheck: for (let j = i + 1; j < content.length; j++) {
                switch (content.charAt(j)) {
                  case " ":
                  case "	":
                    continue;
                  case "\r":
                    i = j + 1;
                    continue whitespaceCheck;
                  case "\n":
                    i = j;
                    continue whitespaceCheck;
                  default:
                    break escapeCheck;
                }
              }
              return -1;
            default:
              return i;
          }
        }
        return -1;
      }
      /**
       * Determines if the given position is contained within the given range.
       *
       * @param position the position to check
       * @param range the range to see if the position is inside of
       */
      static isInsideRange(position, range) {
        if (range.start.line === range.end.line) {
          return range.start.line === position.line && range.start.character <= position.character && position.character <= range.end.character;
        } else if (range.start.line === position.line) {
          return range.start.character <= position.character;
        } else if (range.end.line === position.line) {
          return position.character <= range.end.character;
        }
        return range.start.line < position.line && position.line < range.end.line;
      }
      static parseHeredocName(value) {
        value = value.substring(2);
        if (value.charAt(0) === "-") {
          value = value.substring(1);
        }
        if (value.charAt(0) === '"') {
          if (value.charAt(value.length - 1) !== '"') {
            return null;
          }
          value = value.substring(1, value.length - 1);
        }
        if (value.charAt(0) === "'") {
          if (value.charAt(value.length - 1) !== "'") {
            return null;
          }
          value = value.substring(1, value.length - 1);
        }
        if (value.charAt(0) === "<") {
          return null;
        }
        return value;
      }
    };
    exports.Util = Util;
  }
});

// node_modules/dockerfile-ast/lib/comment.js
var require_comment = __commonJS({
  "node_modules/dockerfile-ast/lib/comment.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Comment = void 0;
    var vscode_languageserver_types_1 = (init_main(), __toCommonJS(main_exports));
    var line_1 = require_line();
    var util_1 = require_util();
    var Comment = class extends line_1.Line {
      constructor(document, range) {
        super(document, range);
      }
      toString() {
        const content = this.getContent();
        if (content) {
          return "# " + content;
        }
        return "#";
      }
      /**
       * Returns the content of this comment. This excludes leading and
       * trailing whitespace as well as the # symbol. If the comment only
       * consists of whitespace, the empty string will be returned.
       */
      getContent() {
        let range = this.getContentRange();
        if (range === null) {
          return "";
        }
        return this.document.getText().substring(this.document.offsetAt(range.start), this.document.offsetAt(range.end));
      }
      /**
       * Returns a range that includes the content of the comment
       * excluding any leading and trailing whitespace as well as the #
       * symbol. May return null if the comment only consists of whitespace
       * characters.
       */
      getContentRange() {
        let range = this.getRange();
        const startOffset = this.document.offsetAt(range.start);
        let raw = this.document.getText().substring(startOffset, this.document.offsetAt(range.end));
        let start = -1;
        let end = -1;
        for (let i = 1; i < raw.length; i++) {
          if (!util_1.Util.isWhitespace(raw.charAt(i))) {
            start = i;
            break;
          }
        }
        if (start === -1) {
          return null;
        }
        for (let i = raw.length - 1; i >= 1; i--) {
          if (!util_1.Util.isWhitespace(raw.charAt(i))) {
            end = i + 1;
            break;
          }
        }
        return vscode_languageserver_types_1.Range.create(this.document.positionAt(startOffset + start), this.document.positionAt(startOffset + end));
      }
    };
    exports.Comment = Comment;
  }
});

// node_modules/vscode-languageserver-textdocument/lib/esm/main.js
var main_exports2 = {};
__export(main_exports2, {
  TextDocument: () => TextDocument2
});
function mergeSort(data, compare) {
  if (data.length <= 1) {
    return data;
  }
  const p = data.length / 2 | 0;
  const left = data.slice(0, p);
  const right = data.slice(p);
  mergeSort(left, compare);
  mergeSort(right, compare);
  let leftIdx = 0;
  let rightIdx = 0;
  let i = 0;
  while (leftIdx < left.length && rightIdx < right.length) {
    const ret = compare(left[leftIdx], right[rightIdx]);
    if (ret <= 0) {
      data[i++] = left[leftIdx++];
    } else {
      data[i++] = right[rightIdx++];
    }
  }
  while (leftIdx < left.length) {
    data[i++] = left[leftIdx++];
  }
  while (rightIdx < right.length) {
    data[i++] = right[rightIdx++];
  }
  return data;
}
function computeLineOffsets(text2, isAtLineStart, textOffset = 0) {
  const result = isAtLineStart ? [textOffset] : [];
  for (let i = 0; i < text2.length; i++) {
    const ch = text2.charCodeAt(i);
    if (isEOL(ch)) {
      if (ch === 13 && i + 1 < text2.length && text2.charCodeAt(i + 1) === 10) {
        i++;
      }
      result.push(textOffset + i + 1);
    }
  }
  return result;
}
function isEOL(char) {
  return char === 13 || char === 10;
}
function getWellformedRange(range) {
  const start = range.start;
  const end = range.end;
  if (start.line > end.line || start.line === end.line && start.character > end.character) {
    return { start: end, end: start };
  }
  return range;
}
function getWellformedEdit(textEdit) {
  const range = getWellformedRange(textEdit.range);
  if (range !== textEdit.range) {
    return { newText: textEdit.newText, range };
  }
  return textEdit;
}
var FullTextDocument2, TextDocument2;
var init_main2 = __esm({
  "node_modules/vscode-languageserver-textdocument/lib/esm/main.js"() {
    "use strict";
    FullTextDocument2 = class _FullTextDocument {
      constructor(uri, languageId, version, content) {
        this._uri = uri;
        this._languageId = languageId;
        this._version = version;
        this._content = content;
        this._lineOffsets = void 0;
      }
      get uri() {
        return this._uri;
      }
      get languageId() {
        return this._languageId;
      }
      get version() {
        return this._version;
      }
      getText(range) {
        if (range) {
          const start = this.offsetAt(range.start);
          const end = this.offsetAt(range.end);
          return this._content.substring(start, end);
        }
        return this._content;
      }
      update(changes, version) {
        for (const change of changes) {
          if (_FullTextDocument.isIncremental(change)) {
            const range = getWellformedRange(change.range);
            const startOffset = this.offsetAt(range.start);
            const endOffset = this.offsetAt(range.end);
            this._content = this._content.substring(0, startOffset) + change.text + this._content.substring(endOffset, this._content.length);
            const insertedEndOffset = startOffset + change.text.length;
            const crlfAtStart = this._content.charCodeAt(startOffset - 1) === 13 && this._content.charCodeAt(startOffset) === 10;
            const crlfAtEnd = this._content.charCodeAt(insertedEndOffset - 1) === 13 && this._content.charCodeAt(insertedEndOffset) === 10;
            if (crlfAtStart || crlfAtEnd) {
              this._lineOffsets = void 0;
              continue;
            }
            const startLine = Math.max(range.start.line, 0);
            const endLine = Math.max(range.end.line, 0);
            let lineOffsets = this._lineOffsets;
            const addedLineOffsets = computeLineOffsets(change.text, false, startOffset);
            if (endLine - startLine === addedLineOffsets.length) {
              for (let i = 0, len = addedLineOffsets.length; i < len; i++) {
                lineOffsets[i + startLine + 1] = addedLineOffsets[i];
              }
            } else {
              if (addedLineOffsets.length < 1e4) {
                lineOffsets.splice(startLine + 1, endLine - startLine, ...addedLineOffsets);
              } else {
                this._lineOffsets = lineOffsets = lineOffsets.slice(0, startLine + 1).concat(addedLineOffsets, lineOffsets.slice(endLine + 1));
              }
            }
            const diff = change.text.length - (endOffset - startOffset);
            if (diff !== 0) {
              for (let i = startLine + 1 + addedLineOffsets.length, len = lineOffsets.length; i < len; i++) {
                lineOffsets[i] = lineOffsets[i] + diff;
              }
            }
          } else if (_FullTextDocument.isFull(change)) {
            this._content = change.text;
            this._lineOffsets = void 0;
          } else {
            throw new Error("Unknown change event received");
          }
        }
        this._version = version;
      }
      getLineOffsets() {
        if (this._lineOffsets === void 0) {
          this._lineOffsets = computeLineOffsets(this._content, true);
        }
        return this._lineOffsets;
      }
      positionAt(offset) {
        offset = Math.max(Math.min(offset, this._content.length), 0);
        const lineOffsets = this.getLineOffsets();
        let low = 0, high = lineOffsets.length;
        if (high === 0) {
          return { line: 0, character: offset };
        }
        while (low < high) {
          const mid = Math.floor((low + high) / 2);
          if (lineOffsets[mid] > offset) {
            high = mid;
          } else {
            low = mid + 1;
          }
        }
        const line = low - 1;
        offset = this.ensureBeforeEOL(offset, lineOffsets[line]);
        return { line, character: offset - lineOffsets[line] };
      }
      offsetAt(position) {
        const lineOffsets = this.getLineOffsets();
        if (position.line >= lineOffsets.length) {
          return this._content.length;
        } else if (position.line < 0) {
          return 0;
        }
        const lineOffset = lineOffsets[position.line];
        if (position.character <= 0) {
          return lineOffset;
        }
        const nextLineOffset = position.line + 1 < lineOffsets.length ? lineOffsets[position.line + 1] : this._content.length;
        const offset = Math.min(lineOffset + position.character, nextLineOffset);
        return this.ensureBeforeEOL(offset, lineOffset);
      }
      getLineRange(line) {
        const lineOffsets = this.getLineOffsets();
        if (line >= lineOffsets.length) {
          const lastLine = lineOffsets.length - 1;
          return { start: { line: lastLine, character: 0 }, end: { line: lastLine, character: this._content.length - lineOffsets[lastLine] } };
        } else if (line < 0) {
          return { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
        }
        const startOffset = lineOffsets[line];
        const nextLineOffset = line + 1 < lineOffsets.length ? lineOffsets[line + 1] : this._content.length;
        const endOffset = this.ensureBeforeEOL(nextLineOffset, startOffset);
        return { start: { line, character: 0 }, end: { line, character: endOffset - startOffset } };
      }
      getEOLCharacters(line) {
        const lineOffsets = this.getLineOffsets();
        if (line >= lineOffsets.length) {
          return "";
        } else if (line < 0) {
          return "";
        }
        const nextLineOffset = line + 1 < lineOffsets.length ? lineOffsets[line + 1] : this._content.length;
        const eolOffset = this.ensureBeforeEOL(nextLineOffset, lineOffsets[line]);
        return this._content.substring(eolOffset, nextLineOffset);
      }
      ensureBeforeEOL(offset, lineOffset) {
        while (offset > lineOffset && isEOL(this._content.charCodeAt(offset - 1))) {
          offset--;
        }
        return offset;
      }
      get lineCount() {
        return this.getLineOffsets().length;
      }
      static isIncremental(event) {
        const candidate = event;
        return candidate !== void 0 && candidate !== null && typeof candidate.text === "string" && candidate.range !== void 0 && (candidate.rangeLength === void 0 || typeof candidate.rangeLength === "number");
      }
      static isFull(event) {
        const candidate = event;
        return candidate !== void 0 && candidate !== null && typeof candidate.text === "string" && candidate.range === void 0 && candidate.rangeLength === void 0;
      }
    };
    (function(TextDocument3) {
      function create(uri, languageId, version, content) {
        return new FullTextDocument2(uri, languageId, version, content);
      }
      TextDocument3.create = create;
      function update(document, changes, version) {
        if (document instanceof FullTextDocument2) {
          document.update(changes, version);
          return document;
        } else {
          throw new Error("TextDocument.update: document must be created by TextDocument.create");
        }
      }
      TextDocument3.update = update;
      function applyEdits(document, edits) {
        const text2 = document.getText();
        const sortedEdits = mergeSort(edits.map(getWellformedEdit), (a, b) => {
          const diff = a.range.start.line - b.range.start.line;
          if (diff === 0) {
            return a.range.start.character - b.range.start.character;
          }
          return diff;
        });
        let lastModifiedOffset = 0;
        const spans = [];
        for (const e of sortedEdits) {
          const startOffset = document.offsetAt(e.range.start);
          if (startOffset < lastModifiedOffset) {
            throw new Error("Overlapping edit");
          } else if (startOffset > lastModifiedOffset) {
            spans.push(text2.substring(lastModifiedOffset, startOffset));
          }
          if (e.newText.length) {
            spans.push(e.newText);
          }
          lastModifiedOffset = document.offsetAt(e.range.end);
        }
        spans.push(text2.substr(lastModifiedOffset));
        return spans.join("");
      }
      TextDocument3.applyEdits = applyEdits;
    })(TextDocument2 || (TextDocument2 = {}));
  }
});

// node_modules/dockerfile-ast/lib/parserDirective.js
var require_parserDirective = __commonJS({
  "node_modules/dockerfile-ast/lib/parserDirective.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.ParserDirective = void 0;
    var main_1 = require_main();
    var line_1 = require_line();
    var ParserDirective = class extends line_1.Line {
      constructor(document, range, nameRange, valueRange) {
        super(document, range);
        this.nameRange = nameRange;
        this.valueRange = valueRange;
      }
      toString() {
        return "# " + this.getName() + "=" + this.getValue();
      }
      getNameRange() {
        return this.nameRange;
      }
      getValueRange() {
        return this.valueRange;
      }
      getName() {
        return this.document.getText().substring(this.document.offsetAt(this.nameRange.start), this.document.offsetAt(this.nameRange.end));
      }
      getValue() {
        return this.document.getText().substring(this.document.offsetAt(this.valueRange.start), this.document.offsetAt(this.valueRange.end));
      }
      getDirective() {
        const directive = main_1.Directive[this.getName().toLowerCase()];
        return directive === void 0 ? null : directive;
      }
    };
    exports.ParserDirective = ParserDirective;
  }
});

// node_modules/dockerfile-ast/lib/heredoc.js
var require_heredoc = __commonJS({
  "node_modules/dockerfile-ast/lib/heredoc.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Heredoc = void 0;
    var Heredoc = class {
      constructor(startRange, name, nameRange, contentRange, endRange) {
        this.startRange = startRange;
        this.name = name;
        this.nameRange = nameRange;
        this.contentRange = contentRange;
        this.endRange = endRange;
      }
      /**
       * Returns the name of the here-document.
       *
       * This API is experimental and subject to change.
       */
      getName() {
        return this.name;
      }
      /**
       * Returns the range of the start operator and the name. If the
       * here-document is initialized with <<EOT then the start range would
       * encompass all five characters.
       *
       * This API is experimental and subject to change.
       */
      getStartRange() {
        return this.startRange;
      }
      /**
       * Returns the range of this here-document's name that is declared at
       * the beginning of the here-document with the operator. If the
       * here-document is initialized with <<EOT then the name range would
       * encompass the latter three "EOT" characters.
       *
       * This API is experimental and subject to change.
       */
      getNameRange() {
        return this.nameRange;
      }
      /**
       * Returns the range of the content of this here-document. This may
       * be null if the here-document has no content because:
       * - the start range is the only thing that was declared
       * - the end range was declared immediately and there is no content
       *
       * This API is experimental and subject to change.
       */
      getContentRange() {
        return this.contentRange;
      }
      /**
       * Returns the range of the here-document's name on a line that
       * represents the end of the here-document.
       *
       * This API is experimental and subject to change.
       */
      getDelimiterRange() {
        return this.endRange;
      }
    };
    exports.Heredoc = Heredoc;
  }
});

// node_modules/dockerfile-ast/lib/variable.js
var require_variable = __commonJS({
  "node_modules/dockerfile-ast/lib/variable.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Variable = void 0;
    var Variable = class {
      constructor(name, nameRange, range, modifier, modifierRange, substitutionParameter, substitutionRange, defined, buildVariable, stringValue) {
        this.name = name;
        this.nameRange = nameRange;
        this.range = range;
        this.modifier = modifier;
        this.modifierRange = modifierRange;
        this.substitutionParameter = substitutionParameter;
        this.substitutionRange = substitutionRange;
        this.defined = defined;
        this.buildVariable = buildVariable;
        this.stringValue = stringValue;
      }
      toString() {
        return this.stringValue;
      }
      getName() {
        return this.name;
      }
      getNameRange() {
        return this.nameRange;
      }
      /**
       * Returns the range of the entire variable. This includes the symbols for
       * the declaration of the variable such as the $, {, and } symbols.
       *
       * @return the range in the document that this variable encompasses in its
       *         entirety
       */
      getRange() {
        return this.range;
      }
      /**
       * Returns the modifier character that has been set for
       * specifying how this variable should be expanded and resolved.
       * If this variable is ${variable:+value} then the modifier
       * character is '+'. Will be the empty string if the variable is
       * declared as ${variable:}. Otherwise, will be null if this
       * variable will not use variable substitution at all (such as
       * ${variable} or $variable).
       *
       * @return this variable's modifier character, or the empty
       *         string if it does not have one, or null if this
       *         variable will not use variable substitution
       */
      getModifier() {
        return this.modifier;
      }
      getModifierRange() {
        return this.modifierRange;
      }
      /**
       * Returns the parameter that will be used for substitution if
       * this variable uses modifiers to define how its value should be
       * resolved. If this variable is ${variable:+value} then the
       * substitution value will be 'value'. Will be the empty string
       * if the variable is declared as ${variable:+} or some other
       * variant where the only thing that follows the modifier
       * character (excluding considerations of escape characters and
       * so on) is the variable's closing bracket. May be null if this
       * variable does not have a modifier character defined (such as
       * ${variable} or $variable).
       *
       * @return this variable's substitution parameter, or the empty
       *         string if it does not have one, or null if there is
       *         not one defined
       */
      getSubstitutionParameter() {
        return this.substitutionParameter;
      }
      getSubstitutionRange() {
        return this.substitutionRange;
      }
      /**
       * Returns whether this variable has been defined or not.
       *
       * @return true if this variable has been defined, false otherwise
       */
      isDefined() {
        return this.defined;
      }
      isBuildVariable() {
        return this.buildVariable === true;
      }
      isEnvironmentVariable() {
        return this.buildVariable === false;
      }
    };
    exports.Variable = Variable;
  }
});

// node_modules/dockerfile-ast/lib/instruction.js
var require_instruction = __commonJS({
  "node_modules/dockerfile-ast/lib/instruction.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Instruction = void 0;
    var vscode_languageserver_types_1 = (init_main(), __toCommonJS(main_exports));
    var util_1 = require_util();
    var line_1 = require_line();
    var argument_1 = require_argument();
    var heredoc_1 = require_heredoc();
    var variable_1 = require_variable();
    var main_1 = require_main();
    var Instruction = class extends line_1.Line {
      constructor(document, range, dockerfile, escapeChar, instruction, instructionRange) {
        super(document, range);
        this.dockerfile = dockerfile;
        this.escapeChar = escapeChar;
        this.instruction = instruction;
        this.instructionRange = instructionRange;
      }
      toString() {
        let value = this.getKeyword();
        for (let arg of this.getRawArguments()) {
          value += " ";
          value += arg.getValue();
        }
        return value;
      }
      getRangeContent(range) {
        if (range === null) {
          return null;
        }
        return this.document.getText().substring(this.document.offsetAt(range.start), this.document.offsetAt(range.end));
      }
      getInstructionRange() {
        return this.instructionRange;
      }
      getInstruction() {
        return this.instruction;
      }
      getKeyword() {
        return this.getInstruction().toUpperCase();
      }
      getArgumentsRange() {
        let args = this.getArguments();
        if (args.length === 0) {
          return null;
        }
        return vscode_languageserver_types_1.Range.create(args[0].getRange().start, args[args.length - 1].getRange().end);
      }
      getArgumentsRanges() {
        let args = this.getArguments();
        if (args.length === 0) {
          return [];
        }
        if (args[0].getRange().start.line === args[args.length - 1].getRange().end.line) {
          return [vscode_languageserver_types_1.Range.create(args[0].getRange().start, args[args.length - 1].getRange().end)];
        }
        let ranges = [];
        let end = -1;
        let startPosition = args[0].getRange().start;
        let range = this.getInstructionRange();
        let extra = this.document.offsetAt(startPosition) - this.document.offsetAt(range.start);
        let content = this.getTextContent();
        let fullArgs = content.substring(extra, this.document.offsetAt(args[args.length - 1].getRange().end) - this.document.offsetAt(range.start));
        let offset = this.document.offsetAt(range.start) + extra;
        let start = false;
        let comment = false;
        for (let i = 0; i < fullArgs.length; i++) {
          let char = fullArgs.charAt(i);
          if (char === this.escapeChar) {
            let next = fullArgs.charAt(i + 1);
            if (next === " " || next === "	") {
              whitespaceCheck: for (let j = i + 2; j < fullArgs.length; j++) {
                switch (fullArgs.charAt(j)) {
                  case " ":
                  case "	":
                    continue;
                  case "\r":
                    j++;
                  case "\n":
                    if (startPosition !== null) {
                      ranges.push(vscode_languageserver_types_1.Range.create(startPosition, this.document.positionAt(offset + end + 1)));
                    }
                    startPosition = null;
                    start = true;
                    comment = false;
                    i = j;
                    break whitespaceCheck;
                  default:
                    break whitespaceCheck;
                }
              }
            } else if (next === "\r") {
              if (startPosition !== null) {
                ranges.push(vscode_languageserver_types_1.Range.create(startPosition, this.document.positionAt(offset + end + 1)));
                startPosition = null;
              }
              start = true;
              comment = false;
              i += 2;
            } else if (next === "\n") {
              if (startPosition !== null) {
                ranges.push(vscode_languageserver_types_1.Range.create(startPosition, this.document.positionAt(offset + end + 1)));
              }
              startPosition = null;
              start = true;
              comment = false;
              i++;
            } else {
              i++;
            }
          } else if (util_1.Util.isNewline(char)) {
            if (comment) {
              startPosition = null;
              start = true;
              comment = false;
            }
          } else {
            if (!comment) {
              if (startPosition === null) {
                if (char === "#") {
                  comment = true;
                  continue;
                }
                let position = this.document.positionAt(offset + i);
                if (position.character !== 0) {
                  startPosition = vscode_languageserver_types_1.Position.create(position.line, 0);
                }
              }
              end = i;
            }
          }
        }
        if (startPosition === null) {
          ranges.push(vscode_languageserver_types_1.Range.create(this.document.positionAt(offset + end), this.document.positionAt(offset + end + 1)));
        } else {
          ranges.push(vscode_languageserver_types_1.Range.create(startPosition, this.document.positionAt(offset + end + 1)));
        }
        return ranges;
      }
      getRawArgumentsContent() {
        let args = this.getArguments();
        if (args.length === 0) {
          return null;
        }
        return this.getRangeContent(vscode_languageserver_types_1.Range.create(args[0].getRange().start, args[args.length - 1].getRange().end));
      }
      getArgumentsContent() {
        let args = this.getArguments();
        if (args.length === 0) {
          return null;
        }
        let content = "";
        let ranges = this.getArgumentsRanges();
        let documentText = this.document.getText();
        for (let range of ranges) {
          content += documentText.substring(this.document.offsetAt(range.start), this.document.offsetAt(range.end));
        }
        return content;
      }
      getArguments() {
        return this.getRawArguments();
      }
      getRawArguments() {
        let args = [];
        let range = this.getInstructionRange();
        let extra = this.document.offsetAt(range.end) - this.document.offsetAt(range.start);
        let content = this.getTextContent();
        let fullArgs = content.substring(extra);
        let offset = this.document.offsetAt(range.start) + extra;
        let start = false;
        let comment = false;
        let found = -1;
        let escapedWhitespaceDetected = false;
        let escaping = false;
        let escapeMarker = -1;
        let escapedArg = "";
        for (let i = 0; i < fullArgs.length; i++) {
          let char = fullArgs.charAt(i);
          if (util_1.Util.isWhitespace(char)) {
            if (escaping) {
              escapedWhitespaceDetected = true;
              if (util_1.Util.isNewline(char)) {
                escapedWhitespaceDetected = false;
                if (comment) {
                  comment = false;
                  start = true;
                }
              }
              continue;
            } else if (found !== -1) {
              if (escapeMarker === -1) {
                args.push(new argument_1.Argument(escapedArg, vscode_languageserver_types_1.Range.create(this.document.positionAt(offset + found), this.document.positionAt(offset + i))));
              } else {
                args.push(new argument_1.Argument(escapedArg, vscode_languageserver_types_1.Range.create(this.document.positionAt(offset + found), this.document.positionAt(offset + escapeMarker))));
              }
              escapeMarker = -1;
              escapedArg = "";
              found = -1;
            }
          } else if (char === this.escapeChar) {
            let next = fullArgs.charAt(i + 1);
            if (next === " " || next === "	") {
              whitespaceCheck: for (let j = i + 2; j < fullArgs.length; j++) {
                let newlineCheck = fullArgs.charAt(j);
                switch (newlineCheck) {
                  case " ":
                  case "	":
                    continue;
                  case "\r":
                    j++;
                  case "\n":
                    comment = false;
                    escaping = true;
                    start = true;
                    if (found !== -1) {
                      escapeMarker = i;
                    }
                    i = j;
                    break whitespaceCheck;
                  default:
                    escapeMarker = i;
                    if (found === -1) {
                      i = j - 1;
                    }
                    break whitespaceCheck;
                }
              }
            } else if (next === "\r") {
              comment = false;
              escaping = true;
              start = true;
              if (found !== -1 && escapeMarker === -1) {
                escapeMarker = i;
              }
              i += 2;
            } else if (next === "\n") {
              comment = false;
              escaping = true;
              start = true;
              if (found !== -1 && escapeMarker === -1) {
                escapeMarker = i;
              }
              i++;
            } else {
              if (escapedWhitespaceDetected && escapeMarker !== -1) {
                args.push(new argument_1.Argument(escapedArg, vscode_languageserver_types_1.Range.create(this.document.positionAt(offset + found), this.document.positionAt(offset + escapeMarker))));
                escapedArg = "";
                found = -1;
              }
              escapeMarker = -1;
              escapedWhitespaceDetected = false;
              escaping = false;
              if (next === "$") {
                escapedArg = escapedArg + char + next;
              } else if (next === "") {
                break;
              } else {
                escapedArg = escapedArg + next;
              }
              if (found === -1) {
                found = i;
              }
              i++;
            }
          } else if (!comment) {
            if (start && char === "#") {
              comment = true;
            } else {
              if (escapedWhitespaceDetected && escapeMarker !== -1) {
                args.push(new argument_1.Argument(escapedArg, vscode_languageserver_types_1.Range.create(this.document.positionAt(offset + found), this.document.positionAt(offset + escapeMarker))));
                escapedArg = "";
                found = -1;
              }
              escapedWhitespaceDetected = false;
              escaping = false;
              escapeMarker = -1;
              escapedArg = escapedArg + char;
              if (found === -1) {
                found = i;
              }
            }
            start = false;
          }
        }
        if (found !== -1) {
          if (escapeMarker === -1) {
            args.push(new argument_1.Argument(escapedArg, vscode_languageserver_types_1.Range.create(this.document.positionAt(offset + found), this.document.positionAt(offset + fullArgs.length))));
          } else {
            args.push(new argument_1.Argument(escapedArg, vscode_languageserver_types_1.Range.create(this.document.positionAt(offset + found), this.document.positionAt(offset + escapeMarker))));
          }
        }
        return args;
      }
      getExpandedArguments() {
        let args = this.getArguments();
        for (let i = 0; i < args.length; i++) {
          const argRange = args[i].getRange();
          let offset = this.document.offsetAt(argRange.start);
          const variables = this.parseVariables(offset, args[i].getValue());
          const swaps = [];
          let requiresExpansion = false;
          for (let variable of variables) {
            const value = this.dockerfile.resolveVariable(variable.getName(), variable.getNameRange().start.line);
            swaps.push(value);
            requiresExpansion = requiresExpansion || value !== void 0;
          }
          if (requiresExpansion) {
            let expanded2 = "";
            for (let j = 0; j < swaps.length; j++) {
              const variableRange = variables[j].getRange();
              const start = this.document.offsetAt(variableRange.start);
              const end = this.document.offsetAt(variableRange.end);
              if (swaps[j]) {
                expanded2 += this.document.getText().substring(offset, start);
                expanded2 += swaps[j];
                offset = end;
              } else {
                expanded2 += this.document.getText().substring(offset, end);
                offset = end;
              }
            }
            const argEnd = this.document.offsetAt(argRange.end);
            if (argEnd !== offset) {
              expanded2 += this.document.getText().substring(offset, argEnd);
            }
            args[i] = new argument_1.Argument(expanded2, argRange);
          }
        }
        return args;
      }
      getVariables() {
        const variables = [];
        const args = this.getRawArguments();
        for (const arg of args) {
          let range = arg.getRange();
          let rawValue = this.document.getText().substring(this.document.offsetAt(range.start), this.document.offsetAt(range.end));
          const parsedVariables = this.parseVariables(this.document.offsetAt(arg.getRange().start), rawValue);
          for (const parsedVariable of parsedVariables) {
            variables.push(parsedVariable);
          }
        }
        return variables;
      }
      parseVariables(offset, arg) {
        let variables = [];
        variableLoop: for (let i = 0; i < arg.length; i++) {
          switch (arg.charAt(i)) {
            case this.escapeChar:
              if (arg.charAt(i + 1) === "$") {
                i++;
              }
              break;
            case "$":
              if (arg.charAt(i + 1) === "{") {
                let escapedString = "${";
                let escapedName = "";
                let nameEnd = -1;
                let escapedSubstitutionParameter = "";
                let substitutionStart = -1;
                let substitutionEnd = -1;
                let modifierRead = -1;
                nameLoop: for (let j = i + 2; j < arg.length; j++) {
                  let char = arg.charAt(j);
                  switch (char) {
                    case this.escapeChar:
                      for (let k = j + 1; k < arg.length; k++) {
                        switch (arg.charAt(k)) {
                          case " ":
                          case "	":
                          case "\r":
                            continue;
                          case "\n":
                            j = k;
                            continue nameLoop;
                        }
                      }
                      break;
                    case "}":
                      escapedString += "}";
                      let modifier = null;
                      let modifierRange = null;
                      let substitutionParameter = modifierRead !== -1 ? escapedSubstitutionParameter : null;
                      let substitutionRange = null;
                      if (nameEnd === -1) {
                        nameEnd = j;
                      } else if (nameEnd + 1 === j) {
                        modifier = "";
                        modifierRange = vscode_languageserver_types_1.Range.create(this.document.positionAt(offset + nameEnd + 1), this.document.positionAt(offset + nameEnd + 1));
                      } else {
                        if (substitutionStart === -1) {
                          substitutionStart = modifierRead + 1;
                          substitutionEnd = modifierRead + 1;
                        } else {
                          substitutionEnd = substitutionEnd + 1;
                        }
                        modifier = arg.substring(modifierRead, modifierRead + 1);
                        modifierRange = vscode_languageserver_types_1.Range.create(this.document.positionAt(offset + modifierRead), this.document.positionAt(offset + modifierRead + 1));
                        substitutionRange = vscode_languageserver_types_1.Range.create(this.document.positionAt(offset + substitutionStart), this.document.positionAt(offset + substitutionEnd));
                      }
                      let start = this.document.positionAt(offset + i);
                      variables.push(new variable_1.Variable(escapedName, vscode_languageserver_types_1.Range.create(this.document.positionAt(offset + i + 2), this.document.positionAt(offset + nameEnd)), vscode_languageserver_types_1.Range.create(start, this.document.positionAt(offset + j + 1)), modifier, modifierRange, substitutionParameter, substitutionRange, this.dockerfile.resolveVariable(escapedName, start.line) !== void 0, this.isBuildVariable(escapedName, start.line), escapedString));
                      i = j;
                      continue variableLoop;
                    case ":":
                      if (nameEnd === -1) {
                        nameEnd = j;
                      } else if (modifierRead !== -1) {
                        if (substitutionStart === -1) {
                          substitutionStart = j;
                          substitutionEnd = j;
                        } else {
                          substitutionEnd = j;
                        }
                        escapedSubstitutionParameter += ":";
                      } else {
                        modifierRead = j;
                      }
                      escapedString += ":";
                      break;
                    case "\n":
                    case "\r":
                    case " ":
                    case "	":
                      break;
                    default:
                      if (nameEnd === -1) {
                        escapedName += char;
                      } else if (modifierRead !== -1) {
                        if (substitutionStart === -1) {
                          substitutionStart = j;
                          substitutionEnd = j;
                        } else {
                          substitutionEnd = j;
                        }
                        escapedSubstitutionParameter += char;
                      } else {
                        modifierRead = j;
                      }
                      escapedString += char;
                      break;
                  }
                }
                break variableLoop;
              } else if (util_1.Util.isWhitespace(arg.charAt(i + 1)) || i === arg.length - 1) {
                continue;
              } else {
                let escapedName = "";
                nameLoop: for (let j = i + 1; j < arg.length; j++) {
                  let char = arg.charAt(j);
                  switch (char) {
                    case "\r":
                    case "\n":
                    case " ":
                    case "	":
                      continue;
                    case "$":
                    case "'":
                    case '"':
                      let varStart = this.document.positionAt(offset + i);
                      variables.push(new variable_1.Variable(escapedName, vscode_languageserver_types_1.Range.create(this.document.positionAt(offset + i + 1), this.document.positionAt(offset + j)), vscode_languageserver_types_1.Range.create(varStart, this.document.positionAt(offset + j)), null, null, null, null, this.dockerfile.resolveVariable(escapedName, varStart.line) !== void 0, this.isBuildVariable(escapedName, varStart.line), "$" + escapedName));
                      i = j - 1;
                      continue variableLoop;
                    case this.escapeChar:
                      for (let k = j + 1; k < arg.length; k++) {
                        switch (arg.charAt(k)) {
                          case " ":
                          case "	":
                          case "\r":
                            continue;
                          case "\n":
                            j = k;
                            continue nameLoop;
                        }
                      }
                      let start2 = this.document.positionAt(offset + i);
                      variables.push(new variable_1.Variable(escapedName, vscode_languageserver_types_1.Range.create(this.document.positionAt(offset + i + 1), this.document.positionAt(offset + j)), vscode_languageserver_types_1.Range.create(start2, this.document.positionAt(offset + j)), null, null, null, null, this.dockerfile.resolveVariable(escapedName, start2.line) !== void 0, this.isBuildVariable(escapedName, start2.line), "$" + escapedName));
                      break variableLoop;
                  }
                  if (char.match(/^[a-z0-9_]+$/i) === null) {
                    let varStart = this.document.positionAt(offset + i);
                    variables.push(new variable_1.Variable(escapedName, vscode_languageserver_types_1.Range.create(this.document.positionAt(offset + i + 1), this.document.positionAt(offset + j)), vscode_languageserver_types_1.Range.create(varStart, this.document.positionAt(offset + j)), null, null, null, null, this.dockerfile.resolveVariable(escapedName, varStart.line) !== void 0, this.isBuildVariable(escapedName, varStart.line), "$" + escapedName));
                    i = j - 1;
                    continue variableLoop;
                  }
                  escapedName += char;
                }
                let start = this.document.positionAt(offset + i);
                variables.push(new variable_1.Variable(escapedName, vscode_languageserver_types_1.Range.create(this.document.positionAt(offset + i + 1), this.document.positionAt(offset + arg.length)), vscode_languageserver_types_1.Range.create(start, this.document.positionAt(offset + arg.length)), null, null, null, null, this.dockerfile.resolveVariable(escapedName, start.line) !== void 0, this.isBuildVariable(escapedName, start.line), "$" + escapedName));
              }
              break variableLoop;
          }
        }
        return variables;
      }
      isBuildVariable(variable, line) {
        if (this.getKeyword() === main_1.Keyword.FROM) {
          for (const initialArg of this.dockerfile.getInitialARGs()) {
            const arg = initialArg;
            const property = arg.getProperty();
            if (property && variable === property.getName()) {
              return true;
            }
          }
          return void 0;
        }
        let image = this.dockerfile.getContainingImage(vscode_languageserver_types_1.Position.create(line, 0));
        let envs = image.getENVs();
        for (let i = envs.length - 1; i >= 0; i--) {
          if (envs[i].isBefore(line)) {
            for (let property of envs[i].getProperties()) {
              if (property.getName() === variable) {
                return false;
              }
            }
          }
        }
        let args = image.getARGs();
        for (let i = args.length - 1; i >= 0; i--) {
          if (args[i].isBefore(line)) {
            let property = args[i].getProperty();
            if (property && property.getName() === variable) {
              return true;
            }
          }
        }
        return void 0;
      }
      createSingleLineHeredocs(args) {
        const heredocs = [];
        for (const arg of args) {
          const value = arg.getValue();
          if (value.startsWith("<<") && util_1.Util.parseHeredocName(value) !== null) {
            const startRange = arg.getRange();
            const nameRange = this.getNameRange(startRange);
            const name = this.getName(nameRange);
            heredocs.push(new heredoc_1.Heredoc(startRange, name, nameRange, null, null));
          }
        }
        return heredocs;
      }
      getName(nameRange) {
        const content = this.document.getText(nameRange);
        let escaping = false;
        let name = "";
        nameLoop: for (let i = 0; i < content.length; i++) {
          const ch = content.charAt(i);
          switch (ch) {
            case this.escapeChar:
              escaping = true;
              for (let j = i + 1; j < content.length; j++) {
                switch (content.charAt(j)) {
                  case " ":
                  case "	":
                    break;
                  case "\r":
                    i = j + 1;
                    continue nameLoop;
                  case "\n":
                    i = j;
                    continue nameLoop;
                  default:
                    name += content.charAt(j);
                    i = j;
                    continue nameLoop;
                }
              }
              break;
            case "#":
              if (escaping) {
                for (let j = i + 1; j < content.length; j++) {
                  switch (content.charAt(j)) {
                    case "\n":
                      i = j;
                      continue nameLoop;
                  }
                }
              }
            case " ":
            case "	":
            case "\r":
            case "\n":
              if (escaping) {
                break;
              }
            default:
              name += ch;
              break;
          }
        }
        return name;
      }
      getNameRange(startRange) {
        const content = this.document.getText(startRange);
        let endFound = false;
        let searchHyphen = false;
        let start = -1;
        let end = -1;
        let escaping = false;
        let quote = null;
        contentLoop: for (let i = 0; i < content.length; i++) {
          const ch = content.charAt(i);
          switch (ch) {
            case '"':
            case "'":
              if (quote === ch) {
                break contentLoop;
              }
              quote = ch;
              continue;
            case this.escapeChar:
              for (let j = i + 1; j < content.length; j++) {
                switch (content.charAt(j)) {
                  case "\n":
                    escaping = true;
                    j = i;
                    continue contentLoop;
                }
              }
              break;
            case " ":
            case "	":
            case "\r":
            case "\n":
              break;
            case "<":
              if (endFound) {
                searchHyphen = true;
              } else {
                endFound = true;
              }
              break;
            case "-":
              if (searchHyphen) {
                searchHyphen = false;
                break;
              }
            case "#":
              if (escaping) {
                for (let j = i + 1; j < content.length; j++) {
                  switch (content.charAt(j)) {
                    case "\n":
                      i = j;
                      continue contentLoop;
                  }
                }
              }
            default:
              if (start === -1) {
                start = i;
              }
              if (quote !== null) {
                end = i + 1;
                break;
              }
              break contentLoop;
          }
        }
        if (start === -1) {
          return vscode_languageserver_types_1.Range.create(startRange.end, startRange.end);
        }
        const nameStart = this.document.positionAt(this.document.offsetAt(startRange.start) + start);
        const nameEnd = quote !== null ? this.document.positionAt(this.document.offsetAt(startRange.start) + end) : startRange.end;
        return vscode_languageserver_types_1.Range.create(nameStart, nameEnd);
      }
      getHeredocs() {
        const args = this.getArguments();
        if (args.length === 0) {
          return [];
        }
        const heredocs = [];
        const range = this.getRange();
        if (range.start.line === range.end.line) {
          return this.createSingleLineHeredocs(args);
        }
        const heredocDefinitions = [];
        let heredocsProcessed = false;
        let escaping = false;
        let contentStart = -1;
        let contentEnd = -1;
        let lineStart = -1;
        let currentHeredoc = 0;
        const startOffset = this.document.offsetAt(args[0].getRange().start);
        const content = this.getRangeContent(vscode_languageserver_types_1.Range.create(args[0].getRange().start, this.getRange().end));
        contentLoop: for (let i = 0; i < content.length; i++) {
          switch (content.charAt(i)) {
            case this.escapeChar:
              escaping = true;
              for (let j = i + 1; j < content.length; j++) {
                switch (content.charAt(j)) {
                  case " ":
                  case "	":
                    break;
                  case "\r":
                    j++;
                  case "\n":
                    i = j;
                    continue contentLoop;
                  default:
                    i = j;
                    continue contentLoop;
                }
              }
              break;
            case "\r":
              break;
            case "\n":
              if (escaping) {
                break;
              }
              if (heredocsProcessed) {
                if (contentStart === -1) {
                  contentStart = i;
                }
                contentEnd = i;
                const arg = heredocDefinitions[currentHeredoc];
                const startRange = arg.getRange();
                const nameRange = this.getNameRange(startRange);
                const name = this.getName(nameRange);
                const delimiterRange = this.getDelimiterRange(arg, name, vscode_languageserver_types_1.Range.create(this.document.positionAt(startOffset + lineStart), this.document.positionAt(startOffset + i)));
                if (delimiterRange !== null) {
                  const contentRange = vscode_languageserver_types_1.Range.create(this.document.positionAt(startOffset + contentStart), this.document.positionAt(startOffset + lineStart - 1));
                  heredocs.push(new heredoc_1.Heredoc(startRange, name, nameRange, contentRange, delimiterRange));
                  contentStart = -1;
                  currentHeredoc++;
                }
                lineStart = -1;
              } else {
                const offsetLimit = startOffset + i;
                for (const arg of args) {
                  if (this.document.offsetAt(arg.getRange().start) < offsetLimit) {
                    if (arg.getValue().startsWith("<<")) {
                      heredocDefinitions.push(arg);
                    }
                  } else {
                    break;
                  }
                }
                heredocsProcessed = true;
                lineStart = -1;
                continue contentLoop;
              }
              break;
            case " ":
            case "	":
              if (escaping) {
                break;
              }
            case "#":
              if (escaping) {
                for (let j = i + 1; j < content.length; j++) {
                  switch (content.charAt(j)) {
                    case "\n":
                      i = j;
                      continue contentLoop;
                  }
                }
              }
            default:
              if (escaping) {
                escaping = false;
              }
              if (heredocsProcessed) {
                if (contentStart === -1) {
                  contentStart = i;
                }
                if (lineStart === -1) {
                  lineStart = i;
                }
              }
              break;
          }
        }
        if (heredocsProcessed) {
          const arg = heredocDefinitions[currentHeredoc];
          const startRange = arg.getRange();
          const nameRange = this.getNameRange(startRange);
          const name = this.getName(nameRange);
          let contentRange = null;
          const delimiterRange = this.getDelimiterRange(arg, name, vscode_languageserver_types_1.Range.create(this.document.positionAt(startOffset + lineStart), range.end));
          if (delimiterRange === null) {
            contentRange = vscode_languageserver_types_1.Range.create(this.document.positionAt(startOffset + contentStart), range.end);
          } else if (contentEnd !== -1) {
            contentRange = vscode_languageserver_types_1.Range.create(this.document.positionAt(startOffset + contentStart), this.document.positionAt(startOffset + contentEnd));
          }
          heredocs.push(new heredoc_1.Heredoc(startRange, name, nameRange, contentRange, delimiterRange));
          currentHeredoc++;
          for (let i = currentHeredoc; i < heredocDefinitions.length; i++) {
            const arg2 = heredocDefinitions[currentHeredoc];
            const startRange2 = arg2.getRange();
            const nameRange2 = this.getNameRange(startRange2);
            const name2 = this.getName(nameRange2);
            heredocs.push(new heredoc_1.Heredoc(startRange2, name2, nameRange2, null, null));
            currentHeredoc++;
          }
        } else {
          return this.createSingleLineHeredocs(args);
        }
        return heredocs;
      }
      getDelimiterRange(startArg, name, candidateRange) {
        const text2 = this.document.getText(candidateRange);
        if (startArg.getValue().startsWith("<<-")) {
          let index = 0;
          while (text2.charAt(index) === "	") {
            index++;
          }
          if (text2.substring(index) === name) {
            return vscode_languageserver_types_1.Range.create(vscode_languageserver_types_1.Position.create(candidateRange.start.line, index), candidateRange.end);
          }
          return null;
        }
        return text2 === name ? candidateRange : null;
      }
    };
    exports.Instruction = Instruction;
  }
});

// node_modules/dockerfile-ast/lib/flagOption.js
var require_flagOption = __commonJS({
  "node_modules/dockerfile-ast/lib/flagOption.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.FlagOption = void 0;
    var FlagOption = class {
      constructor(range, name, nameRange, value, valueRange) {
        this.range = range;
        this.name = name;
        this.nameRange = nameRange;
        this.value = value;
        this.valueRange = valueRange;
      }
      toString() {
        if (this.valueRange !== null) {
          return this.name + "=" + this.value;
        }
        return this.name;
      }
      getRange() {
        return this.range;
      }
      getName() {
        return this.name;
      }
      getNameRange() {
        return this.nameRange;
      }
      getValue() {
        return this.value;
      }
      getValueRange() {
        return this.valueRange;
      }
    };
    exports.FlagOption = FlagOption;
  }
});

// node_modules/dockerfile-ast/lib/flag.js
var require_flag = __commonJS({
  "node_modules/dockerfile-ast/lib/flag.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Flag = void 0;
    var vscode_languageserver_types_1 = (init_main(), __toCommonJS(main_exports));
    var flagOption_1 = require_flagOption();
    var Flag = class {
      constructor(document, range, name, nameRange, value, valueRange) {
        this.options = [];
        this.range = range;
        this.name = name;
        this.nameRange = nameRange;
        this.value = value;
        this.valueRange = valueRange;
        if (this.value !== null) {
          let offset = document.offsetAt(valueRange.start);
          let nameStart = -1;
          let valueStart = -1;
          let hasOptions = false;
          for (let i = 0; i < value.length; i++) {
            switch (value.charAt(i)) {
              case "=":
                hasOptions = true;
                if (valueStart === -1) {
                  valueStart = i + 1;
                  break;
                }
                break;
              case ",":
                this.options.push(this.createFlagOption(document, value, offset, nameStart, valueStart, i));
                nameStart = -1;
                valueStart = -1;
                break;
              default:
                if (nameStart === -1) {
                  nameStart = i;
                }
                break;
            }
          }
          if (hasOptions && nameStart !== -1) {
            this.options.push(this.createFlagOption(document, value, offset, nameStart, valueStart, value.length));
          }
        }
      }
      createFlagOption(document, content, documentOffset, nameStart, valueStart, valueEnd) {
        const optionRange = vscode_languageserver_types_1.Range.create(document.positionAt(documentOffset + nameStart), document.positionAt(documentOffset + valueEnd));
        if (valueStart === -1) {
          return new flagOption_1.FlagOption(optionRange, content.substring(nameStart, valueEnd), optionRange, null, null);
        }
        return new flagOption_1.FlagOption(optionRange, content.substring(nameStart, valueStart - 1), vscode_languageserver_types_1.Range.create(document.positionAt(documentOffset + nameStart), document.positionAt(documentOffset + valueStart - 1)), content.substring(valueStart, valueEnd), vscode_languageserver_types_1.Range.create(document.positionAt(documentOffset + valueStart), document.positionAt(documentOffset + valueEnd)));
      }
      toString() {
        if (this.valueRange) {
          return "--" + this.name + "=" + this.value;
        }
        return "--" + this.name;
      }
      /**
       * Returns the range that encompasses this entire flag. This includes the
       * -- prefix in the beginning to the last character of the flag's value (if
       * it has been defined).
       *
       * @return the entire range of this flag
       */
      getRange() {
        return this.range;
      }
      /**
       * Returns the name of this flag. The name does not include the -- prefix.
       * Thus, for HEALTHCHECK's --interval flag, interval is the flag's name and
       * not --interval.
       *
       * @return this flag's name
       */
      getName() {
        return this.name;
      }
      /**
       * Returns the range that encompasses the flag's name
       *
       * @return the range containing the flag's name
       */
      getNameRange() {
        return this.nameRange;
      }
      /**
       * Returns the value that has been set to this flag. May be null if the
       * flag is invalid and has no value set like a --start-period. If the flag
       * is instead a --start-period= with an equals sign then the flag's value
       * is the empty string.
       *
       * @return this flag's value if it has been defined, null otherwise
       */
      getValue() {
        return this.value;
      }
      /**
       * Returns the range that encompasses this flag's value. If no value has
       * been set then null will be returned.
       *
       * @return the range containing this flag's value, or null if the flag
       *         has no value defined
       */
      getValueRange() {
        return this.valueRange;
      }
      getOption(name) {
        for (const option of this.options) {
          if (option.getName() === name) {
            return option;
          }
        }
        return null;
      }
      getOptions() {
        return this.options;
      }
      hasOptions() {
        return this.options.length > 0;
      }
    };
    exports.Flag = Flag;
  }
});

// node_modules/dockerfile-ast/lib/modifiableInstruction.js
var require_modifiableInstruction = __commonJS({
  "node_modules/dockerfile-ast/lib/modifiableInstruction.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.ModifiableInstruction = void 0;
    var vscode_languageserver_types_1 = (init_main(), __toCommonJS(main_exports));
    var flag_1 = require_flag();
    var instruction_1 = require_instruction();
    var ModifiableInstruction = class extends instruction_1.Instruction {
      constructor(document, range, dockerfile, escapeChar, instruction, instructionRange) {
        super(document, range, dockerfile, escapeChar, instruction, instructionRange);
      }
      getFlags() {
        if (!this.flags) {
          this.flags = [];
          for (let arg of this.getArguments()) {
            let value = arg.getValue();
            if (this.stopSearchingForFlags(value)) {
              return this.flags;
            } else if (value.indexOf("--") === 0) {
              let range = arg.getRange();
              let rawValue = this.document.getText().substring(this.document.offsetAt(range.start), this.document.offsetAt(range.end));
              let nameIndex = value.indexOf("=");
              let index = rawValue.indexOf("=");
              let firstMatch = false;
              let secondMatch = false;
              let startIndex = -1;
              nameSearchLoop: for (let i = 0; i < rawValue.length; i++) {
                switch (rawValue.charAt(i)) {
                  case "\\":
                  case " ":
                  case "	":
                  case "\r":
                  case "\n":
                    break;
                  case "-":
                    if (secondMatch) {
                      startIndex = i;
                      break nameSearchLoop;
                    } else if (firstMatch) {
                      secondMatch = true;
                    } else {
                      firstMatch = true;
                    }
                    break;
                  default:
                    startIndex = i;
                    break nameSearchLoop;
                }
              }
              let nameStart = this.document.positionAt(this.document.offsetAt(range.start) + startIndex);
              if (index === -1) {
                this.flags.push(new flag_1.Flag(this.document, range, value.substring(2), vscode_languageserver_types_1.Range.create(nameStart, range.end), null, null));
              } else if (index === value.length - 1) {
                let nameEnd = this.document.positionAt(this.document.offsetAt(range.start) + index);
                this.flags.push(new flag_1.Flag(this.document, range, value.substring(2, index), vscode_languageserver_types_1.Range.create(nameStart, nameEnd), "", vscode_languageserver_types_1.Range.create(range.end, range.end)));
              } else {
                let nameEnd = this.document.positionAt(this.document.offsetAt(range.start) + index);
                this.flags.push(new flag_1.Flag(this.document, range, value.substring(2, nameIndex), vscode_languageserver_types_1.Range.create(nameStart, nameEnd), value.substring(nameIndex + 1), vscode_languageserver_types_1.Range.create(this.document.positionAt(this.document.offsetAt(range.start) + index + 1), range.end)));
              }
            }
          }
        }
        return this.flags;
      }
      getArguments() {
        const args = super.getArguments();
        const flags = this.getFlags();
        if (flags.length === 0) {
          return args;
        }
        for (let i = 0; i < flags.length; i++) {
          args.shift();
        }
        return args;
      }
    };
    exports.ModifiableInstruction = ModifiableInstruction;
  }
});

// node_modules/dockerfile-ast/lib/jsonInstruction.js
var require_jsonInstruction = __commonJS({
  "node_modules/dockerfile-ast/lib/jsonInstruction.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.JSONInstruction = void 0;
    var vscode_languageserver_types_1 = (init_main(), __toCommonJS(main_exports));
    var argument_1 = require_argument();
    var jsonArgument_1 = require_jsonArgument();
    var modifiableInstruction_1 = require_modifiableInstruction();
    var JSONInstruction = class extends modifiableInstruction_1.ModifiableInstruction {
      constructor(document, range, dockerfile, escapeChar, instruction, instructionRange) {
        super(document, range, dockerfile, escapeChar, instruction, instructionRange);
        this.openingBracket = null;
        this.closingBracket = null;
        this.jsonStrings = [];
        const argsContent = this.getRawArgumentsContent();
        if (argsContent === null) {
          return;
        }
        const args = this.getArguments();
        if (args.length === 1 && args[0].getValue() === "[]") {
          let argRange = args[0].getRange();
          this.openingBracket = new argument_1.Argument("[", vscode_languageserver_types_1.Range.create(argRange.start.line, argRange.start.character, argRange.start.line, argRange.start.character + 1));
          this.closingBracket = new argument_1.Argument("]", vscode_languageserver_types_1.Range.create(argRange.start.line, argRange.start.character + 1, argRange.end.line, argRange.end.character));
          return;
        } else if (args.length === 2 && args[0].getValue() === "[" && args[1].getValue() === "]") {
          this.openingBracket = args[0];
          this.closingBracket = args[1];
          return;
        }
        const argsOffset = document.offsetAt(this.getArgumentsRange().start);
        let start = -1;
        let last = "";
        let quoted2 = false;
        let escapedArg = "";
        argsCheck: for (let i = 0; i < argsContent.length; i++) {
          let char = argsContent.charAt(i);
          switch (char) {
            case "[":
              if (last === "") {
                this.openingBracket = new argument_1.Argument("[", vscode_languageserver_types_1.Range.create(document.positionAt(argsOffset + i), document.positionAt(argsOffset + i + 1)));
                last = "[";
              } else if (quoted2) {
                escapedArg = escapedArg + char;
              } else {
                break argsCheck;
              }
              break;
            case '"':
              if (last === "[" || last === ",") {
                start = i;
                quoted2 = true;
                last = '"';
                escapedArg = escapedArg + char;
                continue;
              } else if (last === '"') {
                if (quoted2) {
                  escapedArg = escapedArg + char;
                  quoted2 = false;
                  this.jsonStrings.push(new jsonArgument_1.JSONArgument(escapedArg, vscode_languageserver_types_1.Range.create(document.positionAt(argsOffset + start), document.positionAt(argsOffset + i + 1)), vscode_languageserver_types_1.Range.create(document.positionAt(argsOffset + start + 1), document.positionAt(argsOffset + i))));
                  escapedArg = "";
                } else {
                  break argsCheck;
                }
              } else {
                break argsCheck;
              }
              break;
            case ",":
              if (quoted2) {
                escapedArg = escapedArg + char;
              } else {
                if (last === '"') {
                  last = ",";
                } else {
                  break argsCheck;
                }
              }
              break;
            case "]":
              if (quoted2) {
                escapedArg = escapedArg + char;
              } else if (last !== "") {
                this.closingBracket = new argument_1.Argument("]", vscode_languageserver_types_1.Range.create(document.positionAt(argsOffset + i), document.positionAt(argsOffset + i + 1)));
                break argsCheck;
              }
              break;
            case " ":
            case "	":
              break;
            case "\\":
              if (quoted2) {
                switch (argsContent.charAt(i + 1)) {
                  case '"':
                  case "\\":
                    escapedArg = escapedArg + argsContent.charAt(i + 1);
                    i++;
                    continue;
                  case " ":
                  case "	":
                    escapeCheck: for (let j = i + 2; j < argsContent.length; j++) {
                      switch (argsContent.charAt(j)) {
                        case "\r":
                          j++;
                        case "\n":
                          i = j;
                          continue argsCheck;
                        case " ":
                        case "	":
                          break;
                        default:
                          break escapeCheck;
                      }
                    }
                    break;
                  case "\r":
                    i++;
                  default:
                    i++;
                    continue;
                }
              } else {
                escapeCheck: for (let j = i + 1; j < argsContent.length; j++) {
                  switch (argsContent.charAt(j)) {
                    case "\r":
                      j++;
                    case "\n":
                      i = j;
                      continue argsCheck;
                    case " ":
                    case "	":
                      break;
                    default:
                      break escapeCheck;
                  }
                }
              }
              break argsCheck;
            default:
              if (!quoted2) {
                break argsCheck;
              }
              escapedArg = escapedArg + char;
              break;
          }
        }
      }
      stopSearchingForFlags(_value) {
        return true;
      }
      getOpeningBracket() {
        return this.openingBracket;
      }
      getJSONStrings() {
        return this.jsonStrings;
      }
      getClosingBracket() {
        return this.closingBracket;
      }
    };
    exports.JSONInstruction = JSONInstruction;
  }
});

// node_modules/dockerfile-ast/lib/instructions/add.js
var require_add = __commonJS({
  "node_modules/dockerfile-ast/lib/instructions/add.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Add = void 0;
    var jsonInstruction_1 = require_jsonInstruction();
    var Add = class extends jsonInstruction_1.JSONInstruction {
      constructor(document, range, dockerfile, escapeChar, instruction, instructionRange) {
        super(document, range, dockerfile, escapeChar, instruction, instructionRange);
      }
      stopSearchingForFlags(argument) {
        return argument.indexOf("--") === -1;
      }
    };
    exports.Add = Add;
  }
});

// node_modules/dockerfile-ast/lib/property.js
var require_property = __commonJS({
  "node_modules/dockerfile-ast/lib/property.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Property = void 0;
    var vscode_languageserver_types_1 = (init_main(), __toCommonJS(main_exports));
    var util_1 = require_util();
    var Property = class _Property {
      constructor(document, escapeChar, arg, arg2) {
        this.assignmentOperatorRange = null;
        this.assignmentOperator = null;
        this.valueRange = null;
        this.value = null;
        this.document = document;
        this.escapeChar = escapeChar;
        this.nameRange = _Property.getNameRange(document, arg);
        let value = document.getText().substring(document.offsetAt(this.nameRange.start), document.offsetAt(this.nameRange.end));
        this.name = _Property.getValue(value, escapeChar);
        if (arg2) {
          this.valueRange = arg2.getRange();
          value = document.getText().substring(document.offsetAt(this.valueRange.start), document.offsetAt(this.valueRange.end));
          this.value = _Property.getValue(value, escapeChar);
          this.range = vscode_languageserver_types_1.Range.create(this.nameRange.start, this.valueRange.end);
        } else {
          let argRange = arg.getRange();
          if (this.nameRange.start.line === argRange.start.line && this.nameRange.start.character === argRange.start.character && this.nameRange.end.line === argRange.end.line && this.nameRange.end.character === argRange.end.character) {
          } else {
            this.valueRange = _Property.getValueRange(document, arg);
            value = document.getText().substring(document.offsetAt(this.valueRange.start), document.offsetAt(this.valueRange.end));
            this.value = _Property.getValue(value, escapeChar);
            this.assignmentOperatorRange = vscode_languageserver_types_1.Range.create(this.nameRange.end, this.valueRange.start);
            this.assignmentOperator = "=";
          }
          this.range = argRange;
        }
      }
      getRange() {
        return this.range;
      }
      getName() {
        return this.name;
      }
      getNameRange() {
        return this.nameRange;
      }
      getValue() {
        return this.value;
      }
      getValueRange() {
        return this.valueRange;
      }
      /**
       * Retrieves the operator used for delimiting between the name and
       * value of this property. This will either be the "=" character
       * or null if a character was not used or if this property has no
       * value defined.
       */
      getAssignmentOperator() {
        return this.assignmentOperator;
      }
      getAssignmentOperatorRange() {
        return this.assignmentOperatorRange;
      }
      /**
       * Returns the value of this property including any enclosing
       * single or double quotes and relevant escape characters.
       * Escaped newlines and its associated contiguous whitespace
       * characters however will not be returned as they are deemed to
       * be uninteresting to clients trying to return a Dockerfile.
       *
       * @return the unescaped value of this property or null if this
       *         property has no associated value
       */
      getUnescapedValue() {
        if (this.valueRange === null) {
          return null;
        }
        let escaped = false;
        let rawValue = "";
        let value = this.document.getText().substring(this.document.offsetAt(this.valueRange.start), this.document.offsetAt(this.valueRange.end));
        rawLoop: for (let i = 0; i < value.length; i++) {
          let char = value.charAt(i);
          switch (char) {
            case this.escapeChar:
              for (let j = i + 1; j < value.length; j++) {
                switch (value.charAt(j)) {
                  case "\r":
                    j++;
                  case "\n":
                    escaped = true;
                    i = j;
                    continue rawLoop;
                  case " ":
                  case "	":
                    break;
                  default:
                    rawValue = rawValue + char;
                    continue rawLoop;
                }
              }
              rawValue = rawValue + char;
              break;
            case "\r":
            case "\n":
              break;
            case " ":
            case "	":
              if (!escaped) {
                rawValue = rawValue + char;
              }
              break;
            case "#":
              if (escaped) {
                for (let j = i + 1; j < value.length; j++) {
                  switch (value.charAt(j)) {
                    case "\r":
                      j++;
                    case "\n":
                      i = j;
                      continue rawLoop;
                  }
                }
              } else {
                rawValue = rawValue + char;
              }
              break;
            default:
              rawValue = rawValue + char;
              escaped = false;
              break;
          }
        }
        return rawValue;
      }
      static getNameRange(document, arg) {
        let value = arg.getValue();
        let index = value.indexOf("=");
        if (index !== -1) {
          let initial = value.charAt(0);
          let before = value.charAt(index - 1);
          if (initial === '"' && before === '"' || initial === "'" && before === "'" || initial !== '"' && initial !== "'") {
            return vscode_languageserver_types_1.Range.create(arg.getRange().start, document.positionAt(document.offsetAt(arg.getRange().start) + index));
          }
        }
        return arg.getRange();
      }
      static getValueRange(document, arg) {
        return vscode_languageserver_types_1.Range.create(document.positionAt(document.offsetAt(arg.getRange().start) + arg.getValue().indexOf("=") + 1), document.positionAt(document.offsetAt(arg.getRange().end)));
      }
      /**
       * Returns the actual value of this key-value pair. The value will
       * have its escape characters removed if applicable. If the value
       * spans multiple lines and there are comments nested within the
       * lines, they too will be removed.
       *
       * @return the value that this key-value pair will actually be, may
       *         be null if no value is defined, may be the empty string
       *         if the value only consists of whitespace
       */
      static getValue(value, escapeChar) {
        let escaped = false;
        const skip = util_1.Util.findLeadingNonWhitespace(value, escapeChar);
        if (skip !== 0 && value.charAt(skip) === "#") {
          escaped = true;
        }
        value = value.substring(skip);
        let first = value.charAt(0);
        let last = value.charAt(value.length - 1);
        let literal = first === "'" || first === '"';
        let inSingle = first === "'" && last === "'";
        let inDouble = false;
        if (first === '"') {
          for (let i = 1; i < value.length; i++) {
            if (value.charAt(i) === escapeChar) {
              i++;
            } else if (value.charAt(i) === '"' && i === value.length - 1) {
              inDouble = true;
            }
          }
        }
        if (inSingle || inDouble) {
          value = value.substring(1, value.length - 1);
        }
        let commentCheck = -1;
        let escapedValue = "";
        let start = 0;
        parseValue: for (let i = 0; i < value.length; i++) {
          let char = value.charAt(i);
          switch (char) {
            case escapeChar:
              if (i + 1 === value.length) {
                escapedValue = escapedValue + escapeChar;
                break parseValue;
              }
              char = value.charAt(i + 1);
              if (char === " " || char === "	") {
                whitespaceCheck: for (let j = i + 2; j < value.length; j++) {
                  let char2 = value.charAt(j);
                  switch (char2) {
                    case " ":
                    case "	":
                      break;
                    case "\r":
                      j++;
                    case "\n":
                      escaped = true;
                      i = j;
                      continue parseValue;
                    default:
                      if (!inDouble && !inSingle && !literal) {
                        if (char2 === escapeChar) {
                          escapedValue = escapedValue + char;
                          i = i + 1;
                        } else {
                          escapedValue = escapedValue + char + char2;
                          i = j;
                        }
                        continue parseValue;
                      }
                      break whitespaceCheck;
                  }
                }
              }
              if (inDouble) {
                if (char === "\r") {
                  escaped = true;
                  i = i + 2;
                } else if (char === "\n") {
                  escaped = true;
                  i++;
                } else if (char !== '"') {
                  if (char === escapeChar) {
                    i++;
                  }
                  escapedValue = escapedValue + escapeChar;
                }
                continue parseValue;
              } else if (inSingle || literal) {
                if (char === "\r") {
                  escaped = true;
                  i = i + 2;
                } else if (char === "\n") {
                  escaped = true;
                  i++;
                } else {
                  escapedValue = escapedValue + escapeChar;
                }
                continue parseValue;
              } else if (char === escapeChar) {
                escapedValue = escapedValue + escapeChar;
                i++;
              } else if (char === "\r") {
                escaped = true;
                i = i + 2;
              } else if (char === "\n") {
                escaped = true;
                i++;
                start = i;
              } else {
                escapedValue = escapedValue + char;
                i++;
              }
              break;
            case " ":
            case "	":
              if (escaped && commentCheck === -1) {
                commentCheck = i;
              }
              escapedValue = escapedValue + char;
              break;
            case "\r":
              i++;
            case "\n":
              if (escaped && commentCheck !== -1) {
                escapedValue = escapedValue.substring(0, escapedValue.length - (i - commentCheck - 1));
                commentCheck = -1;
              }
              break;
            case "#":
              if (escaped) {
                if (commentCheck !== -1) {
                  escapedValue = escapedValue.substring(0, escapedValue.length - (i - commentCheck));
                  commentCheck = -1;
                }
                newlineCheck: for (let j = i + 1; j < value.length; j++) {
                  switch (value.charAt(j)) {
                    case "\r":
                      j++;
                    case "\n":
                      i = j;
                      break newlineCheck;
                  }
                }
                continue parseValue;
              }
            default:
              if (escaped) {
                escaped = false;
                commentCheck = -1;
              }
              escapedValue = escapedValue + char;
              break;
          }
        }
        return escapedValue;
      }
    };
    exports.Property = Property;
  }
});

// node_modules/dockerfile-ast/lib/propertyInstruction.js
var require_propertyInstruction = __commonJS({
  "node_modules/dockerfile-ast/lib/propertyInstruction.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.PropertyInstruction = void 0;
    var vscode_languageserver_types_1 = (init_main(), __toCommonJS(main_exports));
    var instruction_1 = require_instruction();
    var property_1 = require_property();
    var argument_1 = require_argument();
    var util_1 = require_util();
    var PropertyInstruction = class extends instruction_1.Instruction {
      constructor(document, range, dockerfile, escapeChar, instruction, instructionRange) {
        super(document, range, dockerfile, escapeChar, instruction, instructionRange);
        this.properties = void 0;
      }
      getProperties() {
        if (this.properties === void 0) {
          let args = this.getPropertyArguments();
          if (args.length === 0) {
            this.properties = [];
          } else if (args.length === 1) {
            this.properties = [new property_1.Property(this.document, this.escapeChar, args[0])];
          } else if (args.length === 2) {
            if (args[0].getValue().indexOf("=") === -1) {
              this.properties = [new property_1.Property(this.document, this.escapeChar, args[0], args[1])];
            } else {
              this.properties = [
                new property_1.Property(this.document, this.escapeChar, args[0]),
                new property_1.Property(this.document, this.escapeChar, args[1])
              ];
            }
          } else if (args[0].getValue().indexOf("=") === -1) {
            let text2 = this.document.getText();
            let start = args[1].getRange().start;
            let end = args[args.length - 1].getRange().end;
            text2 = text2.substring(this.document.offsetAt(start), this.document.offsetAt(end));
            this.properties = [new property_1.Property(this.document, this.escapeChar, args[0], new argument_1.Argument(text2, vscode_languageserver_types_1.Range.create(args[1].getRange().start, args[args.length - 1].getRange().end)))];
          } else {
            this.properties = [];
            for (let i = 0; i < args.length; i++) {
              this.properties.push(new property_1.Property(this.document, this.escapeChar, args[i]));
            }
          }
        }
        return this.properties;
      }
      /**
       * Goes from the back of the string and returns the first
       * non-whitespace character that is found. If an escape character
       * is found with newline characters, the escape character will
       * not be considered a non-whitespace character and its index in
       * the string will not be returned.
       *
       * @param content the string to search through
       * @return the index in the string for the first non-whitespace
       *         character when searching from the end of the string
       */
      findTrailingNonWhitespace(content) {
        let index = content.length;
        whitespaceCheck: for (let i = content.length - 1; i >= 0; i--) {
          switch (content.charAt(i)) {
            case " ":
            case "	":
              continue;
            case "\n":
              if (content.charAt(i - 1) === "\r") {
                i = i - 1;
              }
            case "\r":
              newlineCheck: for (let j = i - 1; j >= 0; j--) {
                switch (content.charAt(j)) {
                  case " ":
                  case "	":
                  case "\r":
                  case "\n":
                  case this.escapeChar:
                    continue;
                  default:
                    index = j;
                    break newlineCheck;
                }
              }
              break whitespaceCheck;
            default:
              index = i;
              break whitespaceCheck;
          }
        }
        return index;
      }
      getPropertyArguments() {
        const args = [];
        let range = this.getInstructionRange();
        let instructionNameEndOffset = this.document.offsetAt(range.end);
        let extra = instructionNameEndOffset - this.document.offsetAt(range.start);
        let content = this.getTextContent();
        let fullArgs = content.substring(extra);
        let start = util_1.Util.findLeadingNonWhitespace(fullArgs, this.escapeChar);
        if (start === -1) {
          return [];
        }
        const startPosition = this.document.positionAt(instructionNameEndOffset + start);
        let escaped = range.start.line !== startPosition.line;
        let endingEscape = false;
        let mark = -1;
        let end = this.findTrailingNonWhitespace(fullArgs);
        content = fullArgs.substring(start, end + 1);
        let argStart = escaped ? -1 : 0;
        let spaced = false;
        argumentLoop: for (let i = 0; i < content.length; i++) {
          let char = content.charAt(i);
          switch (char) {
            case this.escapeChar:
              if (i + 1 === content.length) {
                endingEscape = true;
                break argumentLoop;
              }
              if (!escaped) {
                mark = i;
              }
              switch (content.charAt(i + 1)) {
                case " ":
                case "	":
                  if (!util_1.Util.isWhitespace(content.charAt(i + 2))) {
                    i = i + 1;
                    continue argumentLoop;
                  }
                  whitespaceCheck: for (let j = i + 2; j < content.length; j++) {
                    switch (content.charAt(j)) {
                      case "\r":
                        j++;
                      case "\n":
                        escaped = true;
                        i = j;
                        continue argumentLoop;
                      case " ":
                      case "	":
                        break;
                      default:
                        args.push(new argument_1.Argument(content.substring(argStart, i), vscode_languageserver_types_1.Range.create(this.document.positionAt(instructionNameEndOffset + start + argStart), this.document.positionAt(instructionNameEndOffset + start + i + 2))));
                        argStart = j;
                        break whitespaceCheck;
                    }
                  }
                  i = argStart - 1;
                  continue argumentLoop;
                case "\r":
                  i++;
                case "\n":
                  escaped = true;
                  i = i + 1;
                  continue argumentLoop;
                case this.escapeChar:
                  if (argStart === -1) {
                    argStart = i;
                  }
                  i = i + 1;
                  continue argumentLoop;
                default:
                  if (argStart === -1) {
                    argStart = i;
                  }
                  continue argumentLoop;
              }
            case "'":
            case '"':
              if (spaced) {
                this.createSpacedArgument(argStart, args, content, mark, instructionNameEndOffset, start);
                argStart = i;
                spaced = false;
              }
              if (argStart === -1) {
                argStart = i;
              }
              for (let j = i + 1; j < content.length; j++) {
                switch (content.charAt(j)) {
                  case char:
                    if (content.charAt(j + 1) !== " " && content.charAt(j + 1) !== "") {
                      i = j;
                      continue argumentLoop;
                    }
                    args.push(new argument_1.Argument(content.substring(argStart, j + 1), vscode_languageserver_types_1.Range.create(this.document.positionAt(instructionNameEndOffset + start + argStart), this.document.positionAt(instructionNameEndOffset + start + j + 1))));
                    i = j;
                    argStart = -1;
                    continue argumentLoop;
                  case this.escapeChar:
                    j++;
                    break;
                }
              }
              break argumentLoop;
            case " ":
            case "	":
              if (escaped) {
                if (argStart !== -1) {
                  spaced = true;
                }
              } else if (argStart !== -1) {
                args.push(new argument_1.Argument(content.substring(argStart, i), vscode_languageserver_types_1.Range.create(this.document.positionAt(instructionNameEndOffset + start + argStart), this.document.positionAt(instructionNameEndOffset + start + i))));
                argStart = -1;
              }
              break;
            case "\r":
              i++;
            case "\n":
              spaced = false;
              break;
            case "#":
              if (escaped) {
                for (let j = i + 1; j < content.length; j++) {
                  switch (content.charAt(j)) {
                    case "\r":
                      j++;
                    case "\n":
                      i = j;
                      spaced = false;
                      continue argumentLoop;
                  }
                }
                if (argStart !== -1) {
                  let value = content.substring(argStart, mark);
                  args.push(new argument_1.Argument(value, vscode_languageserver_types_1.Range.create(this.document.positionAt(instructionNameEndOffset + start + argStart), this.document.positionAt(instructionNameEndOffset + start + mark))));
                  argStart = -1;
                }
                break argumentLoop;
              } else if (argStart === -1) {
                argStart = i;
              }
              break;
            default:
              if (spaced) {
                this.createSpacedArgument(argStart, args, content, mark, instructionNameEndOffset, start);
                argStart = i;
                spaced = false;
              }
              escaped = false;
              if (argStart === -1) {
                argStart = i;
              }
              if (char === "$" && content.charAt(i + 1) === "{") {
                let singleQuotes = false;
                let doubleQuotes = false;
                let escaped2 = false;
                for (let j = i + 1; j < content.length; j++) {
                  switch (content.charAt(j)) {
                    case this.escapeChar:
                      escaped2 = true;
                      break;
                    case "\r":
                    case "\n":
                      break;
                    case "'":
                      singleQuotes = !singleQuotes;
                      escaped2 = false;
                      break;
                    case '"':
                      doubleQuotes = !doubleQuotes;
                      escaped2 = false;
                      break;
                    case " ":
                    case "	":
                      if (escaped2 || singleQuotes || doubleQuotes) {
                        break;
                      }
                      i = j - 1;
                      continue argumentLoop;
                    case "}":
                      i = j;
                      continue argumentLoop;
                    default:
                      escaped2 = false;
                      break;
                  }
                }
                break argumentLoop;
              }
              break;
          }
        }
        if (argStart !== -1 && argStart !== content.length) {
          let end2 = endingEscape ? content.length - 1 : content.length;
          let value = content.substring(argStart, end2);
          args.push(new argument_1.Argument(value, vscode_languageserver_types_1.Range.create(this.document.positionAt(instructionNameEndOffset + start + argStart), this.document.positionAt(instructionNameEndOffset + start + end2))));
        }
        return args;
      }
      createSpacedArgument(argStart, args, content, mark, instructionNameEndOffset, start) {
        if (argStart !== -1) {
          args.push(new argument_1.Argument(content.substring(argStart, mark), vscode_languageserver_types_1.Range.create(this.document.positionAt(instructionNameEndOffset + start + argStart), this.document.positionAt(instructionNameEndOffset + start + mark))));
        }
      }
    };
    exports.PropertyInstruction = PropertyInstruction;
  }
});

// node_modules/dockerfile-ast/lib/instructions/arg.js
var require_arg = __commonJS({
  "node_modules/dockerfile-ast/lib/instructions/arg.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Arg = void 0;
    var property_1 = require_property();
    var propertyInstruction_1 = require_propertyInstruction();
    var Arg = class extends propertyInstruction_1.PropertyInstruction {
      constructor(document, range, dockerfile, escapeChar, instruction, instructionRange) {
        super(document, range, dockerfile, escapeChar, instruction, instructionRange);
        this.property = null;
        const args = this.getPropertyArguments();
        if (args.length === 1) {
          this.property = new property_1.Property(this.document, this.escapeChar, args[0]);
        } else {
          this.property = null;
        }
      }
      /**
       * Returns the variable defined by this ARG. This may be null if
       * this ARG instruction is malformed and has no variable
       * declaration.
       */
      getProperty() {
        return this.property;
      }
    };
    exports.Arg = Arg;
  }
});

// node_modules/dockerfile-ast/lib/instructions/cmd.js
var require_cmd = __commonJS({
  "node_modules/dockerfile-ast/lib/instructions/cmd.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Cmd = void 0;
    var jsonInstruction_1 = require_jsonInstruction();
    var Cmd = class extends jsonInstruction_1.JSONInstruction {
      constructor(document, range, dockerfile, escapeChar, instruction, instructionRange) {
        super(document, range, dockerfile, escapeChar, instruction, instructionRange);
      }
    };
    exports.Cmd = Cmd;
  }
});

// node_modules/dockerfile-ast/lib/instructions/copy.js
var require_copy = __commonJS({
  "node_modules/dockerfile-ast/lib/instructions/copy.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Copy = void 0;
    var jsonInstruction_1 = require_jsonInstruction();
    var Copy = class extends jsonInstruction_1.JSONInstruction {
      constructor(document, range, dockerfile, escapeChar, instruction, instructionRange) {
        super(document, range, dockerfile, escapeChar, instruction, instructionRange);
      }
      stopSearchingForFlags(argument) {
        return argument.indexOf("--") === -1;
      }
      getFromFlag() {
        let flags = super.getFlags();
        return flags.length === 1 && flags[0].getName() === "from" ? flags[0] : null;
      }
      /**
       * Returns there here-documents that are defined in this RUN
       * instruction.
       *
       * This API is experimental and subject to change.
       */
      getHeredocs() {
        return super.getHeredocs();
      }
    };
    exports.Copy = Copy;
  }
});

// node_modules/dockerfile-ast/lib/instructions/env.js
var require_env = __commonJS({
  "node_modules/dockerfile-ast/lib/instructions/env.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Env = void 0;
    var propertyInstruction_1 = require_propertyInstruction();
    var Env = class extends propertyInstruction_1.PropertyInstruction {
      constructor(document, range, dockerfile, escapeChar, instruction, instructionRange) {
        super(document, range, dockerfile, escapeChar, instruction, instructionRange);
      }
      getProperties() {
        return super.getProperties();
      }
    };
    exports.Env = Env;
  }
});

// node_modules/dockerfile-ast/lib/instructions/entrypoint.js
var require_entrypoint = __commonJS({
  "node_modules/dockerfile-ast/lib/instructions/entrypoint.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Entrypoint = void 0;
    var jsonInstruction_1 = require_jsonInstruction();
    var Entrypoint = class extends jsonInstruction_1.JSONInstruction {
      constructor(document, range, dockerfile, escapeChar, instruction, instructionRange) {
        super(document, range, dockerfile, escapeChar, instruction, instructionRange);
      }
    };
    exports.Entrypoint = Entrypoint;
  }
});

// node_modules/dockerfile-ast/lib/instructions/from.js
var require_from = __commonJS({
  "node_modules/dockerfile-ast/lib/instructions/from.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.From = void 0;
    var vscode_languageserver_types_1 = (init_main(), __toCommonJS(main_exports));
    var modifiableInstruction_1 = require_modifiableInstruction();
    var From = class extends modifiableInstruction_1.ModifiableInstruction {
      constructor(document, range, dockerfile, escapeChar, instruction, instructionRange) {
        super(document, range, dockerfile, escapeChar, instruction, instructionRange);
      }
      stopSearchingForFlags(argument) {
        return argument.indexOf("--") === -1;
      }
      getImage() {
        const args = this.getArguments();
        return args.length > 0 ? args[0].getValue() : null;
      }
      /**
       * Returns the name of the image that will be used as the base image.
       *
       * @return the base image's name, or null if unspecified
       */
      getImageName() {
        const imageName = this.getRangeContent(this.getImageNameRange());
        if (imageName === null) {
          return null;
        }
        let commented = false;
        let escaped = false;
        let name = "";
        for (let i = 0; i < imageName.length; i++) {
          const ch = imageName.charAt(i);
          switch (ch) {
            case this.escapeChar:
              escaped = true;
              break;
            case "\r":
              continue;
            case "\n":
              commented = false;
              break;
            case " ":
            case "	":
              break;
            case "#":
              if (escaped) {
                commented = true;
              } else {
                name = name + ch;
                escaped = false;
              }
              break;
            default:
              if (!commented) {
                name = name + ch;
                escaped = false;
              }
              break;
          }
        }
        return name;
      }
      /**
       * Returns the range that covers the name of the image used by
       * this instruction.
       *
       * @return the range of the name of this instruction's argument,
       *         or null if no image has been specified
       */
      getImageNameRange() {
        let range = this.getImageRange();
        if (range) {
          let registryRange = this.getRegistryRange();
          if (registryRange) {
            range.start = this.document.positionAt(this.document.offsetAt(registryRange.end) + 1);
          }
          let tagRange = this.getImageTagRange();
          let digestRange = this.getImageDigestRange();
          if (tagRange === null) {
            if (digestRange !== null) {
              range.end = this.document.positionAt(this.document.offsetAt(digestRange.start) - 1);
            }
          } else {
            range.end = this.document.positionAt(this.document.offsetAt(tagRange.start) - 1);
          }
          return range;
        }
        return null;
      }
      /**
       * Returns the range that covers the image argument of this
       * instruction. This includes the tag or digest of the image if
       * it has been specified by the instruction.
       *
       * @return the range of the image argument, or null if no image
       *         has been specified
       */
      getImageRange() {
        let args = this.getArguments();
        return args.length !== 0 ? args[0].getRange() : null;
      }
      getImageTag() {
        return this.getRangeContent(this.getImageTagRange());
      }
      /**
       * Returns the range in the document that the tag of the base
       * image encompasses.
       *
       * @return the base image's tag's range in the document, or null
       *         if no tag has been specified
       */
      getImageTagRange() {
        const range = this.getImageRange();
        if (range) {
          const rangeStartOffset = this.document.offsetAt(range.start);
          const content = this.getRangeContent(range);
          const atIndex = this.indexOf(rangeStartOffset, content, "@");
          const slashIndex = content.indexOf("/");
          if (atIndex === -1) {
            const colonIndex = this.lastIndexOf(rangeStartOffset, content, ":");
            if (colonIndex > slashIndex) {
              return vscode_languageserver_types_1.Range.create(this.document.positionAt(rangeStartOffset + colonIndex + 1), range.end);
            }
          }
          const subcontent = content.substring(0, atIndex);
          const subcolonIndex = subcontent.indexOf(":");
          if (subcolonIndex === -1) {
            return null;
          }
          if (slashIndex === -1) {
            return vscode_languageserver_types_1.Range.create(this.document.positionAt(rangeStartOffset + subcolonIndex + 1), this.document.positionAt(rangeStartOffset + atIndex));
          }
          if (subcolonIndex < slashIndex) {
            return null;
          }
          return vscode_languageserver_types_1.Range.create(this.document.positionAt(rangeStartOffset + subcolonIndex + 1), this.document.positionAt(rangeStartOffset + subcontent.length));
        }
        return null;
      }
      getImageDigest() {
        return this.getRangeContent(this.getImageDigestRange());
      }
      /**
       * Returns the range in the document that the digest of the base
       * image encompasses.
       *
       * @return the base image's digest's range in the document, or null
       *         if no digest has been specified
       */
      getImageDigestRange() {
        let range = this.getImageRange();
        if (range) {
          let content = this.getRangeContent(range);
          let index = this.lastIndexOf(this.document.offsetAt(range.start), content, "@");
          if (index !== -1) {
            return vscode_languageserver_types_1.Range.create(range.start.line, range.start.character + index + 1, range.end.line, range.end.character);
          }
        }
        return null;
      }
      indexOf(documentOffset, content, searchString) {
        let index = content.indexOf(searchString);
        const variables = this.getVariables();
        for (let i = 0; i < variables.length; i++) {
          const position = documentOffset + index;
          const variableRange = variables[i].getRange();
          if (this.document.offsetAt(variableRange.start) < position && position < this.document.offsetAt(variableRange.end)) {
            const offset = this.document.offsetAt(variableRange.end) - documentOffset;
            const substring = content.substring(offset);
            const subIndex = substring.indexOf(searchString);
            if (subIndex === -1) {
              return -1;
            }
            index = subIndex + offset;
            i = -1;
            continue;
          }
        }
        return index;
      }
      lastIndexOf(documentOffset, content, searchString) {
        let index = content.lastIndexOf(searchString);
        const variables = this.getVariables();
        for (let i = 0; i < variables.length; i++) {
          const position = documentOffset + index;
          const variableRange = variables[i].getRange();
          if (this.document.offsetAt(variableRange.start) < position && position < this.document.offsetAt(variableRange.end)) {
            index = content.substring(0, index).lastIndexOf(searchString);
            if (index === -1) {
              return -1;
            }
            i = -1;
            continue;
          }
        }
        return index;
      }
      getRegistry() {
        return this.getRangeContent(this.getRegistryRange());
      }
      getRegistryRange() {
        const range = this.getImageRange();
        if (range) {
          const tagRange = this.getImageTagRange();
          const digestRange = this.getImageDigestRange();
          if (tagRange === null) {
            if (digestRange !== null) {
              range.end = this.document.positionAt(this.document.offsetAt(digestRange.start) - 1);
            }
          } else {
            range.end = this.document.positionAt(this.document.offsetAt(tagRange.start) - 1);
          }
          const content = this.getRangeContent(range);
          const rangeStart = this.document.offsetAt(range.start);
          const startingSlashIndex = this.indexOf(rangeStart, content, "/");
          if (startingSlashIndex === -1) {
            return null;
          }
          const portIndex = this.indexOf(rangeStart, content, ":");
          const dotIndex = this.indexOf(rangeStart, content, ".");
          if (portIndex !== -1 || dotIndex !== -1) {
            return vscode_languageserver_types_1.Range.create(range.start, this.document.positionAt(rangeStart + startingSlashIndex));
          }
          const registry = content.substring(0, startingSlashIndex);
          if (registry === "localhost") {
            return vscode_languageserver_types_1.Range.create(range.start, this.document.positionAt(rangeStart + startingSlashIndex));
          }
        }
        return null;
      }
      getBuildStage() {
        let range = this.getBuildStageRange();
        return range === null ? null : this.getRangeContent(range);
      }
      getBuildStageRange() {
        let args = this.getArguments();
        if (args.length > 2 && args[1].getValue().toUpperCase() === "AS") {
          return args[2].getRange();
        }
        return null;
      }
      getPlatformFlag() {
        let flags = super.getFlags();
        return flags.length === 1 && flags[0].getName() === "platform" ? flags[0] : null;
      }
    };
    exports.From = From;
  }
});

// node_modules/dockerfile-ast/lib/instructions/healthcheck.js
var require_healthcheck = __commonJS({
  "node_modules/dockerfile-ast/lib/instructions/healthcheck.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Healthcheck = void 0;
    var modifiableInstruction_1 = require_modifiableInstruction();
    var Healthcheck = class extends modifiableInstruction_1.ModifiableInstruction {
      constructor(document, range, dockerfile, escapeChar, instruction, instructionRange) {
        super(document, range, dockerfile, escapeChar, instruction, instructionRange);
      }
      stopSearchingForFlags(argument) {
        argument = argument.toUpperCase();
        return argument === "CMD" || argument === "NONE";
      }
      getSubcommand() {
        let args = this.getArguments();
        return args.length !== 0 ? args[0] : null;
      }
    };
    exports.Healthcheck = Healthcheck;
  }
});

// node_modules/dockerfile-ast/lib/instructions/label.js
var require_label = __commonJS({
  "node_modules/dockerfile-ast/lib/instructions/label.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Label = void 0;
    var propertyInstruction_1 = require_propertyInstruction();
    var util_1 = require_util();
    var Label = class extends propertyInstruction_1.PropertyInstruction {
      constructor(document, range, dockerfile, escapeChar, instruction, instructionRange) {
        super(document, range, dockerfile, escapeChar, instruction, instructionRange);
      }
      getVariables() {
        const variables = super.getVariables();
        const properties = this.getProperties();
        for (const property of properties) {
          const value = property.getUnescapedValue();
          if (value !== null && value.length > 2 && value.charAt(0) === "'" && value.charAt(value.length - 1) === "'") {
            const range = property.getValueRange();
            for (let i = 0; i < variables.length; i++) {
              if (util_1.Util.isInsideRange(variables[i].getRange().start, range)) {
                variables.splice(i, 1);
                i--;
              }
            }
          }
        }
        return variables;
      }
      getProperties() {
        return super.getProperties();
      }
    };
    exports.Label = Label;
  }
});

// node_modules/dockerfile-ast/lib/instructions/onbuild.js
var require_onbuild = __commonJS({
  "node_modules/dockerfile-ast/lib/instructions/onbuild.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Onbuild = void 0;
    var vscode_languageserver_types_1 = (init_main(), __toCommonJS(main_exports));
    var parser_1 = require_parser();
    var instruction_1 = require_instruction();
    var Onbuild = class extends instruction_1.Instruction {
      constructor(document, range, dockerfile, escapeChar, instruction, instructionRange) {
        super(document, range, dockerfile, escapeChar, instruction, instructionRange);
      }
      getTrigger() {
        let trigger = this.getTriggerWord();
        return trigger === null ? null : trigger.toUpperCase();
      }
      getTriggerWord() {
        return this.getRangeContent(this.getTriggerRange());
      }
      getTriggerRange() {
        let args = this.getArguments();
        return args.length > 0 ? args[0].getRange() : null;
      }
      getTriggerInstruction() {
        let triggerRange = this.getTriggerRange();
        if (triggerRange === null) {
          return null;
        }
        let args = this.getArguments();
        return parser_1.Parser.createInstruction(this.document, this.dockerfile, this.escapeChar, vscode_languageserver_types_1.Range.create(args[0].getRange().start, this.getRange().end), this.getTriggerWord(), triggerRange);
      }
    };
    exports.Onbuild = Onbuild;
  }
});

// node_modules/dockerfile-ast/lib/instructions/run.js
var require_run = __commonJS({
  "node_modules/dockerfile-ast/lib/instructions/run.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Run = void 0;
    var jsonInstruction_1 = require_jsonInstruction();
    var Run = class extends jsonInstruction_1.JSONInstruction {
      constructor(document, range, dockerfile, escapeChar, instruction, instructionRange) {
        super(document, range, dockerfile, escapeChar, instruction, instructionRange);
      }
      stopSearchingForFlags(argument) {
        return argument.indexOf("--") === -1;
      }
      /**
       * Returns there here-documents that are defined in this RUN
       * instruction.
       *
       * This API is experimental and subject to change.
       */
      getHeredocs() {
        return super.getHeredocs();
      }
    };
    exports.Run = Run;
  }
});

// node_modules/dockerfile-ast/lib/instructions/shell.js
var require_shell = __commonJS({
  "node_modules/dockerfile-ast/lib/instructions/shell.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Shell = void 0;
    var jsonInstruction_1 = require_jsonInstruction();
    var Shell = class extends jsonInstruction_1.JSONInstruction {
      constructor(document, range, dockerfile, escapeChar, instruction, instructionRange) {
        super(document, range, dockerfile, escapeChar, instruction, instructionRange);
      }
    };
    exports.Shell = Shell;
  }
});

// node_modules/dockerfile-ast/lib/instructions/stopsignal.js
var require_stopsignal = __commonJS({
  "node_modules/dockerfile-ast/lib/instructions/stopsignal.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Stopsignal = void 0;
    var instruction_1 = require_instruction();
    var Stopsignal = class extends instruction_1.Instruction {
      constructor(document, range, dockerfile, escapeChar, instruction, instructionRange) {
        super(document, range, dockerfile, escapeChar, instruction, instructionRange);
      }
    };
    exports.Stopsignal = Stopsignal;
  }
});

// node_modules/dockerfile-ast/lib/instructions/workdir.js
var require_workdir = __commonJS({
  "node_modules/dockerfile-ast/lib/instructions/workdir.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Workdir = void 0;
    var instruction_1 = require_instruction();
    var Workdir = class extends instruction_1.Instruction {
      constructor(document, range, dockerfile, escapeChar, instruction, instructionRange) {
        super(document, range, dockerfile, escapeChar, instruction, instructionRange);
      }
      /**
       * Returns the path that has been defined. Note that this path may
       * be absolute or relative depending on what was written in the
       * instruction.
       *
       * @return the working directory's path, or null if this
       *         instruction has no arguments
       */
      getPath() {
        return this.getArgumentsContent();
      }
      /**
       * Returns the absolute path that this instruction resolves to. The
       * function will inspect prior WORKDIR instructions in the current
       * image or another build stage in the Dockerfile to try to
       * determine this.
       *
       * @return the absolute path of the working directory, or null if
       *         this instruction has no arguments, or undefined if it
       *         cannot be determined because only relative paths could be
       *         found
       */
      getAbsolutePath() {
        const path = this.getPath();
        if (path === null || path.startsWith("/")) {
          return path;
        }
        const startLine = this.getRange().start.line;
        const hierarchy = this.dockerfile.getStageHierarchy(startLine);
        for (let i = hierarchy.length - 1; i >= 0; i--) {
          const workdirs = hierarchy[i].getWORKDIRs();
          for (let j = workdirs.length - 1; j >= 0; j--) {
            if (workdirs[j].getRange().start.line < startLine) {
              const parent = workdirs[j].getAbsolutePath();
              if (parent === void 0 || parent === null) {
                return void 0;
              }
              return parent.endsWith("/") ? parent + path : parent + "/" + path;
            }
          }
        }
        return void 0;
      }
    };
    exports.Workdir = Workdir;
  }
});

// node_modules/dockerfile-ast/lib/instructions/user.js
var require_user = __commonJS({
  "node_modules/dockerfile-ast/lib/instructions/user.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.User = void 0;
    var instruction_1 = require_instruction();
    var User = class extends instruction_1.Instruction {
      constructor(document, range, dockerfile, escapeChar, instruction, instructionRange) {
        super(document, range, dockerfile, escapeChar, instruction, instructionRange);
      }
    };
    exports.User = User;
  }
});

// node_modules/dockerfile-ast/lib/instructions/volume.js
var require_volume = __commonJS({
  "node_modules/dockerfile-ast/lib/instructions/volume.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Volume = void 0;
    var jsonInstruction_1 = require_jsonInstruction();
    var Volume = class extends jsonInstruction_1.JSONInstruction {
      constructor(document, range, dockerfile, escapeChar, instruction, instructionRange) {
        super(document, range, dockerfile, escapeChar, instruction, instructionRange);
      }
    };
    exports.Volume = Volume;
  }
});

// node_modules/dockerfile-ast/lib/imageTemplate.js
var require_imageTemplate = __commonJS({
  "node_modules/dockerfile-ast/lib/imageTemplate.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.ImageTemplate = void 0;
    var vscode_languageserver_types_1 = (init_main(), __toCommonJS(main_exports));
    var arg_1 = require_arg();
    var cmd_1 = require_cmd();
    var copy_1 = require_copy();
    var env_1 = require_env();
    var entrypoint_1 = require_entrypoint();
    var from_1 = require_from();
    var healthcheck_1 = require_healthcheck();
    var onbuild_1 = require_onbuild();
    var util_1 = require_util();
    var workdir_1 = require_workdir();
    var ImageTemplate = class {
      constructor() {
        this.comments = [];
        this.instructions = [];
      }
      addComment(comment) {
        this.comments.push(comment);
      }
      getComments() {
        return this.comments;
      }
      addInstruction(instruction) {
        this.instructions.push(instruction);
      }
      getInstructions() {
        return this.instructions;
      }
      getInstructionAt(line) {
        for (let instruction of this.instructions) {
          if (util_1.Util.isInsideRange(vscode_languageserver_types_1.Position.create(line, 0), instruction.getRange())) {
            return instruction;
          }
        }
        return null;
      }
      /**
       * Gets all the ARG instructions that are defined in this image.
       */
      getARGs() {
        let args = [];
        for (let instruction of this.instructions) {
          if (instruction instanceof arg_1.Arg) {
            args.push(instruction);
          }
        }
        return args;
      }
      /**
       * Gets all the CMD instructions that are defined in this image.
       */
      getCMDs() {
        let cmds = [];
        for (let instruction of this.instructions) {
          if (instruction instanceof cmd_1.Cmd) {
            cmds.push(instruction);
          }
        }
        return cmds;
      }
      /**
       * Gets all the COPY instructions that are defined in this image.
       */
      getCOPYs() {
        let copies = [];
        for (let instruction of this.instructions) {
          if (instruction instanceof copy_1.Copy) {
            copies.push(instruction);
          }
        }
        return copies;
      }
      /**
       * Gets all the ENTRYPOINT instructions that are defined in this image.
       */
      getENTRYPOINTs() {
        let froms = [];
        for (let instruction of this.instructions) {
          if (instruction instanceof entrypoint_1.Entrypoint) {
            froms.push(instruction);
          }
        }
        return froms;
      }
      /**
       * Gets all the ENV instructions that are defined in this image.
       */
      getENVs() {
        let args = [];
        for (let instruction of this.instructions) {
          if (instruction instanceof env_1.Env) {
            args.push(instruction);
          }
        }
        return args;
      }
      getFROM() {
        for (const instruction of this.instructions) {
          if (instruction instanceof from_1.From) {
            return instruction;
          }
        }
        return null;
      }
      /**
       * Gets all the FROM instructions that are defined in this image.
       */
      getFROMs() {
        let froms = [];
        for (let instruction of this.instructions) {
          if (instruction instanceof from_1.From) {
            froms.push(instruction);
          }
        }
        return froms;
      }
      /**
       * Gets all the HEALTHCHECK instructions that are defined in this image.
       */
      getHEALTHCHECKs() {
        let froms = [];
        for (let instruction of this.instructions) {
          if (instruction instanceof healthcheck_1.Healthcheck) {
            froms.push(instruction);
          }
        }
        return froms;
      }
      getWORKDIRs() {
        const workdirs = [];
        for (const instruction of this.instructions) {
          if (instruction instanceof workdir_1.Workdir) {
            workdirs.push(instruction);
          }
        }
        return workdirs;
      }
      getOnbuildTriggers() {
        let triggers = [];
        for (let instruction of this.instructions) {
          if (instruction instanceof onbuild_1.Onbuild) {
            let trigger = instruction.getTriggerInstruction();
            if (trigger) {
              triggers.push(trigger);
            }
          }
        }
        return triggers;
      }
      getAvailableVariables(currentLine) {
        const variables = [];
        for (const arg of this.getARGs()) {
          if (arg.isBefore(currentLine)) {
            const property = arg.getProperty();
            if (property) {
              const variable = property.getName();
              if (variables.indexOf(variable) === -1) {
                variables.push(variable);
              }
            }
          }
        }
        for (const env of this.getENVs()) {
          if (env.isBefore(currentLine)) {
            for (const property of env.getProperties()) {
              const variable = property.getName();
              if (variables.indexOf(variable) === -1) {
                variables.push(variable);
              }
            }
          }
        }
        return variables;
      }
      /**
       * Resolves a variable with the given name at the specified line
       * to its value. If null is returned, then the variable has been
       * defined but no value was given. If undefined is returned, then
       * a variable with the given name has not been defined yet as of
       * the given line.
       *
       * @param variable the name of the variable to resolve
       * @param line the line number that the variable is on, zero-based
       * @return the value of the variable as defined by an ARG or ENV
       *         instruction, or null if no value has been specified, or
       *         undefined if a variable with the given name has not
       *         been defined
       */
      resolveVariable(variable, line) {
        let envs = this.getENVs();
        for (let i = envs.length - 1; i >= 0; i--) {
          if (envs[i].isBefore(line)) {
            for (let property of envs[i].getProperties()) {
              if (property.getName() === variable) {
                return property.getValue();
              }
            }
          }
        }
        let args = this.getARGs();
        for (let i = args.length - 1; i >= 0; i--) {
          if (args[i].isBefore(line)) {
            let property = args[i].getProperty();
            if (property && property.getName() === variable) {
              return property.getValue();
            }
          }
        }
        return void 0;
      }
      getRange() {
        const instructions = this.getInstructions();
        if (instructions.length === 0) {
          return vscode_languageserver_types_1.Range.create(0, 0, 0, 0);
        }
        const instructionStart = instructions[0].getRange().start;
        const instructionEnd = instructions[instructions.length - 1].getRange().end;
        return vscode_languageserver_types_1.Range.create(instructionStart, instructionEnd);
      }
      contains(position) {
        const range = this.getRange();
        if (range === null) {
          return false;
        }
        return util_1.Util.isInsideRange(position, range);
      }
    };
    exports.ImageTemplate = ImageTemplate;
  }
});

// node_modules/dockerfile-ast/lib/dockerfile.js
var require_dockerfile = __commonJS({
  "node_modules/dockerfile-ast/lib/dockerfile.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Dockerfile = void 0;
    var vscode_languageserver_types_1 = (init_main(), __toCommonJS(main_exports));
    var ast = require_main();
    var imageTemplate_1 = require_imageTemplate();
    var from_1 = require_from();
    var util_1 = require_util();
    var main_1 = require_main();
    var Dockerfile = class extends imageTemplate_1.ImageTemplate {
      constructor(document) {
        super();
        this.initialInstructions = new imageTemplate_1.ImageTemplate();
        this.buildStages = [];
        this.directives = [];
        this.foundFrom = false;
        this.document = document;
      }
      getEscapeCharacter() {
        for (const directive of this.directives) {
          if (directive.getDirective() === ast.Directive.escape) {
            const value = directive.getValue();
            if (value === "\\" || value === "`") {
              return value;
            }
          }
        }
        return "\\";
      }
      getInitialARGs() {
        return this.initialInstructions.getARGs();
      }
      getContainingImage(position) {
        let range = vscode_languageserver_types_1.Range.create(vscode_languageserver_types_1.Position.create(0, 0), this.document.positionAt(this.document.getText().length));
        if (!util_1.Util.isInsideRange(position, range)) {
          return null;
        }
        if (this.initialInstructions.getComments().length > 0 || this.initialInstructions.getInstructions().length > 0) {
          if (util_1.Util.isInsideRange(position, this.initialInstructions.getRange())) {
            return this.initialInstructions;
          }
        }
        for (const buildStage of this.buildStages) {
          if (util_1.Util.isInsideRange(position, buildStage.getRange())) {
            return buildStage;
          }
        }
        return this;
      }
      addInstruction(instruction) {
        if (instruction.getKeyword() === main_1.Keyword.FROM) {
          this.currentBuildStage = new imageTemplate_1.ImageTemplate();
          this.buildStages.push(this.currentBuildStage);
          this.foundFrom = true;
        } else if (!this.foundFrom) {
          this.initialInstructions.addInstruction(instruction);
        }
        if (this.foundFrom) {
          this.currentBuildStage.addInstruction(instruction);
        }
        super.addInstruction(instruction);
      }
      setDirectives(directives) {
        this.directives = directives;
      }
      getDirective() {
        return this.directives.length === 0 ? null : this.directives[0];
      }
      getDirectives() {
        return this.directives;
      }
      resolveVariable(variable, line) {
        for (let from of this.getFROMs()) {
          let range = from.getRange();
          if (range.start.line <= line && line <= range.end.line) {
            let initialARGs = new imageTemplate_1.ImageTemplate();
            for (let instruction of this.initialInstructions.getARGs()) {
              initialARGs.addInstruction(instruction);
            }
            return initialARGs.resolveVariable(variable, line);
          }
        }
        let image = this.getContainingImage(vscode_languageserver_types_1.Position.create(line, 0));
        if (image === null) {
          return void 0;
        }
        let resolvedVariable = image.resolveVariable(variable, line);
        if (resolvedVariable === null) {
          let initialARGs = new imageTemplate_1.ImageTemplate();
          for (let instruction of this.initialInstructions.getARGs()) {
            initialARGs.addInstruction(instruction);
          }
          return initialARGs.resolveVariable(variable, line);
        }
        return resolvedVariable;
      }
      getAvailableVariables(currentLine) {
        if (this.getInstructionAt(currentLine) instanceof from_1.From) {
          let variables = [];
          for (let arg of this.getInitialARGs()) {
            let property = arg.getProperty();
            if (property) {
              variables.push(property.getName());
            }
          }
          return variables;
        }
        let image = this.getContainingImage(vscode_languageserver_types_1.Position.create(currentLine, 0));
        return image ? image.getAvailableVariables(currentLine) : [];
      }
      getParentStage(image) {
        const templateFrom = image.getFROM();
        const imageName = templateFrom === null ? null : templateFrom.getImageName();
        if (imageName === null) {
          return null;
        }
        for (const from of this.getFROMs()) {
          if (from.getBuildStage() === imageName) {
            const range = from.getRange();
            if (range.start.line === templateFrom.getRange().start.line) {
              return null;
            }
            return this.getContainingImage(range.start);
          }
        }
        return null;
      }
      getStageHierarchy(line) {
        const image = this.getContainingImage(vscode_languageserver_types_1.Position.create(line, 0));
        if (image === null) {
          return [];
        }
        const stages = [image];
        let stage = this.getParentStage(image);
        while (stage !== null) {
          stages.splice(0, 0, stage);
          stage = this.getParentStage(stage);
        }
        return stages;
      }
      getAvailableWorkingDirectories(line) {
        const availableDirectories = /* @__PURE__ */ new Set();
        for (const image of this.getStageHierarchy(line)) {
          for (const workdir of image.getWORKDIRs()) {
            if (workdir.getRange().end.line < line) {
              let directory = workdir.getAbsolutePath();
              if (directory !== void 0 && directory !== null) {
                if (!directory.endsWith("/")) {
                  directory += "/";
                }
                availableDirectories.add(directory);
              }
            }
          }
        }
        return Array.from(availableDirectories);
      }
      /**
       * Internally reorganize the comments in the Dockerfile and allocate
       * them to the relevant build stages that they belong to.
       */
      organizeComments() {
        const comments = this.getComments();
        for (let i = 0; i < comments.length; i++) {
          if (util_1.Util.isInsideRange(comments[i].getRange().end, this.initialInstructions.getRange())) {
            this.initialInstructions.addComment(comments[i]);
          } else {
            for (const buildStage of this.buildStages) {
              if (util_1.Util.isInsideRange(comments[i].getRange().start, buildStage.getRange())) {
                buildStage.addComment(comments[i]);
              }
            }
          }
        }
      }
      getRange() {
        const comments = this.getComments();
        const instructions = this.getInstructions();
        let range = null;
        if (comments.length === 0) {
          if (instructions.length > 0) {
            range = vscode_languageserver_types_1.Range.create(instructions[0].getRange().start, instructions[instructions.length - 1].getRange().end);
          }
        } else if (instructions.length === 0) {
          range = vscode_languageserver_types_1.Range.create(comments[0].getRange().start, comments[comments.length - 1].getRange().end);
        } else {
          const commentStart = comments[0].getRange().start;
          const commentEnd = comments[comments.length - 1].getRange().end;
          const instructionStart = instructions[0].getRange().start;
          const instructionEnd = instructions[instructions.length - 1].getRange().end;
          if (commentStart.line < instructionStart.line) {
            if (commentEnd.line < instructionEnd.line) {
              range = vscode_languageserver_types_1.Range.create(commentStart, instructionEnd);
            }
            range = vscode_languageserver_types_1.Range.create(commentStart, commentEnd);
          } else if (commentEnd.line < instructionEnd.line) {
            range = vscode_languageserver_types_1.Range.create(instructionStart, instructionEnd);
          } else {
            range = vscode_languageserver_types_1.Range.create(instructionStart, commentEnd);
          }
        }
        if (range === null) {
          if (this.directives.length === 0) {
            return null;
          }
          return this.directives[0].getRange();
        } else if (this.directives.length === 0) {
          return range;
        }
        return vscode_languageserver_types_1.Range.create(this.directives[0].getRange().start, range.end);
      }
    };
    exports.Dockerfile = Dockerfile;
  }
});

// node_modules/dockerfile-ast/lib/parser.js
var require_parser = __commonJS({
  "node_modules/dockerfile-ast/lib/parser.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.Parser = void 0;
    var vscode_languageserver_textdocument_1 = (init_main2(), __toCommonJS(main_exports2));
    var vscode_languageserver_types_1 = (init_main(), __toCommonJS(main_exports));
    var comment_1 = require_comment();
    var parserDirective_1 = require_parserDirective();
    var instruction_1 = require_instruction();
    var add_1 = require_add();
    var arg_1 = require_arg();
    var cmd_1 = require_cmd();
    var copy_1 = require_copy();
    var env_1 = require_env();
    var entrypoint_1 = require_entrypoint();
    var from_1 = require_from();
    var healthcheck_1 = require_healthcheck();
    var label_1 = require_label();
    var onbuild_1 = require_onbuild();
    var run_1 = require_run();
    var shell_1 = require_shell();
    var stopsignal_1 = require_stopsignal();
    var workdir_1 = require_workdir();
    var user_1 = require_user();
    var volume_1 = require_volume();
    var dockerfile_1 = require_dockerfile();
    var util_1 = require_util();
    var main_1 = require_main();
    var Parser = class _Parser {
      constructor() {
        this.escapeChar = null;
      }
      static createInstruction(document, dockerfile, escapeChar, lineRange, instruction, instructionRange) {
        switch (instruction.toUpperCase()) {
          case "ADD":
            return new add_1.Add(document, lineRange, dockerfile, escapeChar, instruction, instructionRange);
          case "ARG":
            return new arg_1.Arg(document, lineRange, dockerfile, escapeChar, instruction, instructionRange);
          case "CMD":
            return new cmd_1.Cmd(document, lineRange, dockerfile, escapeChar, instruction, instructionRange);
          case "COPY":
            return new copy_1.Copy(document, lineRange, dockerfile, escapeChar, instruction, instructionRange);
          case "ENTRYPOINT":
            return new entrypoint_1.Entrypoint(document, lineRange, dockerfile, escapeChar, instruction, instructionRange);
          case "ENV":
            return new env_1.Env(document, lineRange, dockerfile, escapeChar, instruction, instructionRange);
          case "FROM":
            return new from_1.From(document, lineRange, dockerfile, escapeChar, instruction, instructionRange);
          case "HEALTHCHECK":
            return new healthcheck_1.Healthcheck(document, lineRange, dockerfile, escapeChar, instruction, instructionRange);
          case "LABEL":
            return new label_1.Label(document, lineRange, dockerfile, escapeChar, instruction, instructionRange);
          case "ONBUILD":
            return new onbuild_1.Onbuild(document, lineRange, dockerfile, escapeChar, instruction, instructionRange);
          case "RUN":
            return new run_1.Run(document, lineRange, dockerfile, escapeChar, instruction, instructionRange);
          case "SHELL":
            return new shell_1.Shell(document, lineRange, dockerfile, escapeChar, instruction, instructionRange);
          case "STOPSIGNAL":
            return new stopsignal_1.Stopsignal(document, lineRange, dockerfile, escapeChar, instruction, instructionRange);
          case "WORKDIR":
            return new workdir_1.Workdir(document, lineRange, dockerfile, escapeChar, instruction, instructionRange);
          case "USER":
            return new user_1.User(document, lineRange, dockerfile, escapeChar, instruction, instructionRange);
          case "VOLUME":
            return new volume_1.Volume(document, lineRange, dockerfile, escapeChar, instruction, instructionRange);
        }
        return new instruction_1.Instruction(document, lineRange, dockerfile, escapeChar, instruction, instructionRange);
      }
      getParserDirectives(document, buffer) {
        const directives = [];
        this.escapeChar = "";
        const offset = util_1.Util.isUTF8BOM(buffer.substring(0, 1)) ? 1 : 0;
        directiveCheck: for (let i = offset; i < buffer.length; i++) {
          switch (buffer.charAt(i)) {
            case " ":
            case "	":
              break;
            case "\r":
            case "\n":
              break directiveCheck;
            case "#":
              let directiveStart = -1;
              let directiveEnd = -1;
              for (let j = i + 1; j < buffer.length; j++) {
                let char = buffer.charAt(j);
                switch (char) {
                  case " ":
                  case "	":
                    if (directiveStart !== -1 && directiveEnd === -1) {
                      directiveEnd = j;
                    }
                    break;
                  case "\r":
                  case "\n":
                    break directiveCheck;
                  case "=":
                    let valueStart = -1;
                    let valueEnd = -1;
                    if (directiveEnd === -1) {
                      directiveEnd = j;
                    }
                    let lineEnd = buffer.length;
                    directiveValue: for (let k = j + 1; k < buffer.length; k++) {
                      char = buffer.charAt(k);
                      switch (char) {
                        case "\r":
                        case "\n":
                          if (valueStart !== -1 && valueEnd === -1) {
                            valueEnd = k;
                          }
                          lineEnd = k;
                          break directiveValue;
                        case "	":
                        case " ":
                          if (valueStart !== -1 && valueEnd === -1) {
                            valueEnd = k;
                          }
                          continue;
                        default:
                          if (valueStart === -1) {
                            valueStart = k;
                          }
                          break;
                      }
                    }
                    if (directiveStart === -1) {
                      break directiveCheck;
                    }
                    if (valueStart === -1) {
                      valueStart = j + 1;
                      valueEnd = lineEnd;
                    } else if (valueEnd === -1) {
                      valueEnd = buffer.length;
                    }
                    const lineRange = vscode_languageserver_types_1.Range.create(document.positionAt(i), document.positionAt(lineEnd));
                    const nameRange = vscode_languageserver_types_1.Range.create(document.positionAt(directiveStart), document.positionAt(directiveEnd));
                    const valueRange = vscode_languageserver_types_1.Range.create(document.positionAt(valueStart), document.positionAt(valueEnd));
                    directives.push(new parserDirective_1.ParserDirective(document, lineRange, nameRange, valueRange));
                    directiveStart = -1;
                    if (buffer.charAt(valueEnd) === "\r") {
                      i = valueEnd + 1;
                    } else {
                      i = valueEnd;
                    }
                    continue directiveCheck;
                  default:
                    if (directiveStart === -1) {
                      directiveStart = j;
                    }
                    break;
                }
              }
              break;
            default:
              break directiveCheck;
          }
        }
        return directives;
      }
      parse(buffer) {
        this.document = vscode_languageserver_textdocument_1.TextDocument.create("", "", 0, buffer);
        this.buffer = buffer;
        let dockerfile = new dockerfile_1.Dockerfile(this.document);
        let directives = this.getParserDirectives(this.document, this.buffer);
        let offset = 0;
        this.escapeChar = "\\";
        if (directives.length > 0) {
          dockerfile.setDirectives(directives);
          this.escapeChar = dockerfile.getEscapeCharacter();
          offset = this.document.offsetAt(vscode_languageserver_types_1.Position.create(directives.length, 0));
        } else if (util_1.Util.isUTF8BOM(buffer.substring(0, 1))) {
          offset = 1;
        }
        for (let i = offset; i < this.buffer.length; i++) {
          const char = this.buffer.charAt(i);
          switch (char) {
            case " ":
            case "	":
            case "\r":
            case "\n":
              break;
            case "#":
              i = this.processComment(dockerfile, i);
              break;
            default:
              i = this.processInstruction(dockerfile, char, i);
              break;
          }
        }
        dockerfile.organizeComments();
        return dockerfile;
      }
      processInstruction(dockerfile, char, start) {
        let instruction = char;
        let instructionEnd = -1;
        let escapedInstruction = false;
        instructionCheck: for (let i = start + 1; i < this.buffer.length; i++) {
          char = this.buffer.charAt(i);
          switch (char) {
            case this.escapeChar:
              escapedInstruction = true;
              char = this.buffer.charAt(i + 1);
              if (char === "\r" || char === "\n") {
                if (instructionEnd === -1) {
                  instructionEnd = i;
                }
                i++;
              } else if (char === " " || char === "	") {
                for (let j = i + 2; j < this.buffer.length; j++) {
                  switch (this.buffer.charAt(j)) {
                    case " ":
                    case "	":
                      break;
                    case "\r":
                    case "\n":
                      i = j;
                      continue instructionCheck;
                    default:
                      instructionEnd = i + 1;
                      instruction = instruction + this.escapeChar;
                      i = j - 2;
                      continue instructionCheck;
                  }
                }
                instructionEnd = i + 1;
                instruction = instruction + this.escapeChar;
                break instructionCheck;
              } else {
                instructionEnd = i + 1;
                instruction = instruction + this.escapeChar;
                escapedInstruction = false;
              }
              break;
            case " ":
            case "	":
              if (escapedInstruction) {
                escapeCheck: for (let j = i + 1; j < this.buffer.length; j++) {
                  switch (this.buffer.charAt(j)) {
                    case " ":
                    case "	":
                      break;
                    case "\r":
                    case "\n":
                      i = j;
                      continue instructionCheck;
                    default:
                      break escapeCheck;
                  }
                }
                escapedInstruction = false;
              }
              if (instructionEnd === -1) {
                instructionEnd = i;
              }
              i = this.processArguments(dockerfile, instruction, instructionEnd, start, i);
              dockerfile.addInstruction(this.createInstruction(dockerfile, instruction, start, instructionEnd, i));
              return i;
            case "\r":
            case "\n":
              if (escapedInstruction) {
                continue;
              }
              if (instructionEnd === -1) {
                instructionEnd = i;
              }
              dockerfile.addInstruction(this.createInstruction(dockerfile, instruction, start, i, i));
              return i;
            case "#":
              if (escapedInstruction) {
                continue;
              }
            default:
              instructionEnd = i + 1;
              instruction = instruction + char;
              escapedInstruction = false;
              break;
          }
        }
        if (instructionEnd === -1) {
          instructionEnd = this.buffer.length;
        }
        dockerfile.addInstruction(this.createInstruction(dockerfile, instruction, start, instructionEnd, this.buffer.length));
        return this.buffer.length;
      }
      processHeredocs(instruction, offset) {
        let keyword = instruction.getKeyword();
        if (keyword === main_1.Keyword.ONBUILD) {
          instruction = instruction.getTriggerInstruction();
          if (instruction === null) {
            return offset;
          }
          keyword = instruction.getKeyword();
        }
        if (keyword !== main_1.Keyword.ADD && keyword !== main_1.Keyword.COPY && keyword !== main_1.Keyword.RUN) {
          return offset;
        }
        const heredocs = [];
        let tabbed = false;
        for (const arg of instruction.getArguments()) {
          const value = arg.getValue();
          if (value.startsWith("<<") && value.length > 2) {
            if (value.startsWith("<<-")) {
              tabbed = true;
            }
            const name = util_1.Util.parseHeredocName(value);
            if (name !== null) {
              heredocs.push(name);
            }
          }
        }
        if (heredocs.length > 0) {
          for (const heredoc of heredocs) {
            offset = this.parseHeredoc(heredoc, offset, tabbed);
          }
        }
        return offset;
      }
      processArguments(dockerfile, instruction, instructionEnd, start, offset) {
        let escaped = false;
        argumentsCheck: for (let i = offset + 1; i < this.buffer.length; i++) {
          switch (this.buffer.charAt(i)) {
            case "\r":
            case "\n":
              if (escaped) {
                continue;
              }
              return this.processHeredocs(this.createInstruction(dockerfile, instruction, start, instructionEnd, i), i);
            case this.escapeChar:
              const next = this.buffer.charAt(i + 1);
              if (next === "\n" || next === "\r") {
                escaped = true;
                i++;
              } else if (next === " " || next === "	") {
                for (let j = i + 2; j < this.buffer.length; j++) {
                  switch (this.buffer.charAt(j)) {
                    case " ":
                    case "	":
                      break;
                    case "\r":
                    case "\n":
                      escaped = true;
                    default:
                      i = j;
                      continue argumentsCheck;
                  }
                }
                return this.buffer.length;
              }
              continue;
            case "#":
              if (escaped) {
                i = this.processComment(dockerfile, i);
                continue argumentsCheck;
              }
              break;
            case " ":
            case "	":
              break;
            default:
              if (escaped) {
                escaped = false;
              }
              break;
          }
        }
        return this.buffer.length;
      }
      processComment(dockerfile, start) {
        let end = this.buffer.length;
        commentLoop: for (let i = start + 1; i < this.buffer.length; i++) {
          switch (this.buffer.charAt(i)) {
            case "\r":
            case "\n":
              end = i;
              break commentLoop;
          }
        }
        const range = vscode_languageserver_types_1.Range.create(this.document.positionAt(start), this.document.positionAt(end));
        dockerfile.addComment(new comment_1.Comment(this.document, range));
        return end;
      }
      parseHeredoc(heredocName, offset, tabbed) {
        let startWord = -1;
        let lineStart = true;
        for (let i = offset; i < this.buffer.length; i++) {
          switch (this.buffer.charAt(i)) {
            case " ":
              lineStart = false;
              break;
            case "	":
              if (!tabbed) {
                lineStart = false;
              }
              break;
            case "\r":
            case "\n":
              if (startWord !== -1 && heredocName === this.buffer.substring(startWord, i)) {
                return i;
              }
              startWord = -1;
              lineStart = true;
              break;
            default:
              if (lineStart) {
                startWord = i;
                lineStart = false;
              }
              break;
          }
        }
        return this.buffer.length;
      }
      createInstruction(dockerfile, instruction, start, instructionEnd, end) {
        const startPosition = this.document.positionAt(start);
        const instructionRange = vscode_languageserver_types_1.Range.create(startPosition, this.document.positionAt(instructionEnd));
        const lineRange = vscode_languageserver_types_1.Range.create(startPosition, this.document.positionAt(end));
        return _Parser.createInstruction(this.document, dockerfile, this.escapeChar, lineRange, instruction, instructionRange);
      }
    };
    exports.Parser = Parser;
  }
});

// node_modules/dockerfile-ast/lib/main.js
var require_main = __commonJS({
  "node_modules/dockerfile-ast/lib/main.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.DockerfileParser = exports.DefaultVariables = exports.Directive = exports.Keyword = exports.Workdir = exports.Volume = exports.User = exports.Stopsignal = exports.Shell = exports.Run = exports.PropertyInstruction = exports.Onbuild = exports.ModifiableInstruction = exports.Label = exports.JSONInstruction = exports.Heredoc = exports.Healthcheck = exports.From = exports.Env = exports.Entrypoint = exports.Copy = exports.Cmd = exports.Arg = exports.Add = exports.Variable = exports.Property = exports.ParserDirective = exports.Line = exports.Instruction = exports.Flag = exports.Comment = exports.JSONArgument = exports.Argument = void 0;
    var argument_1 = require_argument();
    Object.defineProperty(exports, "Argument", { enumerable: true, get: function() {
      return argument_1.Argument;
    } });
    var jsonArgument_1 = require_jsonArgument();
    Object.defineProperty(exports, "JSONArgument", { enumerable: true, get: function() {
      return jsonArgument_1.JSONArgument;
    } });
    var comment_1 = require_comment();
    Object.defineProperty(exports, "Comment", { enumerable: true, get: function() {
      return comment_1.Comment;
    } });
    var parser_1 = require_parser();
    var flag_1 = require_flag();
    Object.defineProperty(exports, "Flag", { enumerable: true, get: function() {
      return flag_1.Flag;
    } });
    var instruction_1 = require_instruction();
    Object.defineProperty(exports, "Instruction", { enumerable: true, get: function() {
      return instruction_1.Instruction;
    } });
    var line_1 = require_line();
    Object.defineProperty(exports, "Line", { enumerable: true, get: function() {
      return line_1.Line;
    } });
    var parserDirective_1 = require_parserDirective();
    Object.defineProperty(exports, "ParserDirective", { enumerable: true, get: function() {
      return parserDirective_1.ParserDirective;
    } });
    var property_1 = require_property();
    Object.defineProperty(exports, "Property", { enumerable: true, get: function() {
      return property_1.Property;
    } });
    var variable_1 = require_variable();
    Object.defineProperty(exports, "Variable", { enumerable: true, get: function() {
      return variable_1.Variable;
    } });
    var add_1 = require_add();
    Object.defineProperty(exports, "Add", { enumerable: true, get: function() {
      return add_1.Add;
    } });
    var arg_1 = require_arg();
    Object.defineProperty(exports, "Arg", { enumerable: true, get: function() {
      return arg_1.Arg;
    } });
    var cmd_1 = require_cmd();
    Object.defineProperty(exports, "Cmd", { enumerable: true, get: function() {
      return cmd_1.Cmd;
    } });
    var copy_1 = require_copy();
    Object.defineProperty(exports, "Copy", { enumerable: true, get: function() {
      return copy_1.Copy;
    } });
    var entrypoint_1 = require_entrypoint();
    Object.defineProperty(exports, "Entrypoint", { enumerable: true, get: function() {
      return entrypoint_1.Entrypoint;
    } });
    var env_1 = require_env();
    Object.defineProperty(exports, "Env", { enumerable: true, get: function() {
      return env_1.Env;
    } });
    var from_1 = require_from();
    Object.defineProperty(exports, "From", { enumerable: true, get: function() {
      return from_1.From;
    } });
    var healthcheck_1 = require_healthcheck();
    Object.defineProperty(exports, "Healthcheck", { enumerable: true, get: function() {
      return healthcheck_1.Healthcheck;
    } });
    var heredoc_1 = require_heredoc();
    Object.defineProperty(exports, "Heredoc", { enumerable: true, get: function() {
      return heredoc_1.Heredoc;
    } });
    var jsonInstruction_1 = require_jsonInstruction();
    Object.defineProperty(exports, "JSONInstruction", { enumerable: true, get: function() {
      return jsonInstruction_1.JSONInstruction;
    } });
    var label_1 = require_label();
    Object.defineProperty(exports, "Label", { enumerable: true, get: function() {
      return label_1.Label;
    } });
    var modifiableInstruction_1 = require_modifiableInstruction();
    Object.defineProperty(exports, "ModifiableInstruction", { enumerable: true, get: function() {
      return modifiableInstruction_1.ModifiableInstruction;
    } });
    var onbuild_1 = require_onbuild();
    Object.defineProperty(exports, "Onbuild", { enumerable: true, get: function() {
      return onbuild_1.Onbuild;
    } });
    var propertyInstruction_1 = require_propertyInstruction();
    Object.defineProperty(exports, "PropertyInstruction", { enumerable: true, get: function() {
      return propertyInstruction_1.PropertyInstruction;
    } });
    var run_1 = require_run();
    Object.defineProperty(exports, "Run", { enumerable: true, get: function() {
      return run_1.Run;
    } });
    var shell_1 = require_shell();
    Object.defineProperty(exports, "Shell", { enumerable: true, get: function() {
      return shell_1.Shell;
    } });
    var stopsignal_1 = require_stopsignal();
    Object.defineProperty(exports, "Stopsignal", { enumerable: true, get: function() {
      return stopsignal_1.Stopsignal;
    } });
    var user_1 = require_user();
    Object.defineProperty(exports, "User", { enumerable: true, get: function() {
      return user_1.User;
    } });
    var volume_1 = require_volume();
    Object.defineProperty(exports, "Volume", { enumerable: true, get: function() {
      return volume_1.Volume;
    } });
    var workdir_1 = require_workdir();
    Object.defineProperty(exports, "Workdir", { enumerable: true, get: function() {
      return workdir_1.Workdir;
    } });
    var Keyword;
    (function(Keyword2) {
      Keyword2["ADD"] = "ADD";
      Keyword2["ARG"] = "ARG";
      Keyword2["CMD"] = "CMD";
      Keyword2["COPY"] = "COPY";
      Keyword2["ENTRYPOINT"] = "ENTRYPOINT";
      Keyword2["ENV"] = "ENV";
      Keyword2["EXPOSE"] = "EXPOSE";
      Keyword2["FROM"] = "FROM";
      Keyword2["HEALTHCHECK"] = "HEALTHCHECK";
      Keyword2["LABEL"] = "LABEL";
      Keyword2["MAINTAINER"] = "MAINTAINER";
      Keyword2["ONBUILD"] = "ONBUILD";
      Keyword2["RUN"] = "RUN";
      Keyword2["SHELL"] = "SHELL";
      Keyword2["STOPSIGNAL"] = "STOPSIGNAL";
      Keyword2["USER"] = "USER";
      Keyword2["VOLUME"] = "VOLUME";
      Keyword2["WORKDIR"] = "WORKDIR";
    })(Keyword || (exports.Keyword = Keyword = {}));
    var Directive;
    (function(Directive2) {
      Directive2["escape"] = "escape";
      Directive2["syntax"] = "syntax";
    })(Directive || (exports.Directive = Directive = {}));
    exports.DefaultVariables = [
      "ALL_PROXY",
      "all_proxy",
      "FTP_PROXY",
      "ftp_proxy",
      "HTTP_PROXY",
      "http_proxy",
      "HTTPS_PROXY",
      "https_proxy",
      "NO_PROXY",
      "no_proxy"
    ];
    var DockerfileParser3;
    (function(DockerfileParser4) {
      function parse(content) {
        let parser = new parser_1.Parser();
        return parser.parse(content);
      }
      DockerfileParser4.parse = parse;
    })(DockerfileParser3 || (exports.DockerfileParser = DockerfileParser3 = {}));
  }
});

// cluster/kube.ts
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";

// cluster/kube-error.ts
var KubeError = class extends Error {
  name = "KubeError";
  status;
  reason;
  details;
  constructor(request, status, reason, message, details = {}) {
    super(`${request}: ${status} ${reason}${message ? `: ${message}` : ""}`);
    this.status = status;
    this.reason = reason;
    this.details = details;
  }
};
function kubeErrorOf(method, url, status, body) {
  const request = `${method} ${url}`;
  if (typeof body === "object" && body !== null && body.kind === "Status") {
    const { reason, message, details } = body;
    return new KubeError(request, status, reason || "Unknown", message ?? "", details ?? {});
  }
  const text2 = typeof body === "string" ? body.replace(/\s+/g, " ").trim().slice(0, 200) : "";
  return new KubeError(request, status, "Unknown", text2);
}

// cluster/kube.ts
var CONTENT_TYPES = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  // JSON is YAML, and the server's only media type for apply is the latter.
  apply: "application/apply-patch+yaml"
};
var PAGE = 500;
var SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
function inCluster(folder = SERVICE_ACCOUNT) {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  if (!host || !port) {
    throw new Error("not in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set");
  }
  const read2 = (name) => {
    try {
      return readFileSync(`${folder}/${name}`, "utf8").trim();
    } catch (error) {
      throw new Error(
        `the pod has no service account's ${name} (${error.message}); set automountServiceAccountToken: true`
      );
    }
  };
  return connect({
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    tls: { ca: read2("ca.crt") },
    headers: async () => ({ authorization: `Bearer ${read2("token")}` })
  });
}
function connect(access) {
  const server = access.server.replace(/\/+$/, "");
  const secure = server.startsWith("https:");
  const agent = access.agent ?? (secure ? new https.Agent({ keepAlive: true, ...access.tls }) : new http.Agent({ keepAlive: true }));
  const send = async (method, path, query = {}, body, contentType = "application/json") => {
    const url = new URL(`${server}${path}`);
    for (const [key, value] of Object.entries(query)) if (value !== void 0) url.searchParams.set(key, String(value));
    const payload = body === void 0 ? void 0 : Buffer.from(JSON.stringify(body));
    const headers = {
      accept: "application/json",
      ...payload && { "content-type": contentType, "content-length": payload.length },
      ...await access.headers()
    };
    const answer = await exchange(url, { method, headers, agent, timeout: access.timeout ?? 3e4 }, payload);
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    throw kubeErrorOf(method, `${server}${path}`, answer.status, answer.body);
  };
  const unless404 = async (call) => {
    try {
      return await call;
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return void 0;
      throw error;
    }
  };
  return {
    server,
    get: (path) => unless404(send("GET", path)),
    list: async (path, selectors) => {
      const items = [];
      let next;
      do {
        const query = { ...selectors, limit: PAGE, continue: next };
        const page = await unless404(send("GET", path, query));
        items.push(...page?.items ?? []);
        next = page?.metadata?.continue || void 0;
      } while (next);
      return items;
    },
    create: (path, body, options) => send("POST", path, writeQuery(options), body),
    patch: (path, body, type, options) => send("PATCH", path, writeQuery(options), body, CONTENT_TYPES[type]),
    remove: async (path) => await unless404(
      send("DELETE", path, {}, { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Background" })
    ) !== void 0,
    close: () => agent.destroy()
  };
}
function writeQuery(options = {}) {
  const { fieldManager, dryRun, fieldValidation, force } = options;
  return { fieldManager, dryRun: dryRun ? "All" : void 0, fieldValidation, force };
}
function exchange(url, options, payload) {
  return new Promise((resolve, reject) => {
    const fail = (why, cause) => reject(new Error(`${options.method} ${url.origin}${url.pathname}: ${why}`, { cause }));
    const timer = setTimeout(() => {
      fail(`no whole answer within ${options.timeout / 1e3} s`);
      request.destroy();
    }, options.timeout);
    const { timeout: _, ...rest } = options;
    const request = (url.protocol === "https:" ? https : http).request(url, rest, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", (error) => fail(error.message, error));
      response.on("end", () => {
        const text2 = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, body: parsed(text2) });
      });
      response.on("close", () => clearTimeout(timer));
    });
    request.on("error", (error) => {
      clearTimeout(timer);
      const again = request.reusedSocket && error.code === "ECONNRESET" && options.method === "GET";
      if (again) exchange(url, options).then(resolve, reject);
      else fail(`the API server can't be reached (${error.message || error.code})`, error);
    });
    request.end(payload);
  });
}
function parsed(text2) {
  try {
    return JSON.parse(text2);
  } catch {
    return text2;
  }
}

// steps/failure.ts
var StepFailure = class extends Error {
  name = "StepFailure";
  details;
  constructor(message, details = [], options) {
    super(oneLine(message), options);
    this.details = details;
  }
};
function oneLine(text2) {
  return text2.replace(/\s+/g, " ").trim();
}
function messageOf(error) {
  return oneLine(error instanceof Error ? error.message : String(error));
}

// steps/environment.ts
var ParameterFailure = class extends StepFailure {
  faults;
  constructor(faults) {
    const list2 = faults.map(({ name, found, allowed: allowed2 }) => `${name}: found ${found}; allowed: ${allowed2}`);
    super(
      `${faults.length === 1 ? "a parameter is" : `${faults.length} parameters are`} not valid: ${list2.join(" | ")}`,
      list2
    );
    this.faults = faults;
  }
};
var Environment = class {
  faults = [];
  #env;
  constructor(env) {
    this.#env = env;
  }
  /** A parameter of the pipeline, by the pipeline's name for it (`repo-url` is PARAM_REPO_URL). Blank is `fallback`. */
  param(name, check, fallback) {
    return this.#read(name, `PARAM_${name.toUpperCase().replaceAll("-", "_")}`, check, fallback);
  }
  /** What the pipeline's component sets, by the variable's own name. */
  variable(name, check, fallback) {
    return this.#read(name, name, check, fallback);
  }
  /** What `parse` makes of a variable; its error becomes a fault. `fallback` stands for the text of an unset variable. */
  parsed(name, parse, allowed2, fallback) {
    const text2 = this.#env[name] || fallback;
    try {
      if (text2 === void 0) throw new Error("nothing");
      return parse(text2);
    } catch (error) {
      this.fault(name, text2 === void 0 ? "nothing" : error.message, allowed2);
      return void 0;
    }
  }
  fault(name, found, allowed2) {
    this.faults.push({ name, found, allowed: allowed2 });
  }
  /** Throws a ParameterFailure with every fault so far. */
  done() {
    if (this.faults.length > 0) throw new ParameterFailure(this.faults);
  }
  #read(name, key, check, fallback) {
    const found = this.#env[key]?.trim() || fallback;
    const allowed2 = found === void 0 ? check("") : found === fallback ? void 0 : check(found);
    if (found === void 0 || allowed2 !== void 0) this.fault(name, shown(found), allowed2 ?? "a value");
    return found ?? "";
  }
};
function shown(value) {
  if (value === void 0) return "nothing";
  const safe = value.replace(/\/\/[^/@]*@/, "//***@");
  return JSON.stringify(safe.length > 120 ? `${safe.slice(0, 120)}…` : safe);
}

// steps/log.ts
function makeLog(name, write = toStdout, now = () => /* @__PURE__ */ new Date()) {
  return (text2) => {
    for (const line of text2.split("\n")) write(`${now().toISOString()} ${name} ${line}`.trimEnd().concat("\n"));
  };
}
function toStdout(line) {
  process.stdout.write(line);
}
function seconds(start) {
  return `${((Date.now() - start) / 1e3).toFixed(1)} s`;
}

// steps/params.ts
import { isAbsolute } from "node:path";

// images/digest.ts
import { createHash } from "node:crypto";
var DIGEST = /^sha256:[0-9a-f]{64}$/;
function isDigest(text2) {
  return typeof text2 === "string" && DIGEST.test(text2);
}
function parseDigest(text2) {
  if (isDigest(text2)) return text2;
  throw new Error(`digest "${text2}": ${faultOf(text2)}; expected sha256: and 64 lower-case hexadecimal digits`);
}
function digestOf(bytes) {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
function shortDigest(digest) {
  return digest.slice("sha256:".length, "sha256:".length + 12);
}
function faultOf(text2) {
  if (text2 === "") return "it is empty";
  const colon = text2.indexOf(":");
  if (colon < 0) return "it has no algorithm";
  if (text2.slice(0, colon) !== "sha256") return `algorithm "${text2.slice(0, colon)}" is not supported`;
  const hex = text2.slice(colon + 1);
  if (!/^[0-9a-f]*$/.test(hex)) return "it has characters other than 0-9 and a-f";
  return `it has ${hex.length} digits`;
}

// images/reference.ts
var DOCKER_HUB = "docker.io";
var LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
var REGISTRY = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?$`);
var COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
var TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
var LONGEST_REPOSITORY = 255;
function parseReference(text2, defaults = {}) {
  const fail = (why) => {
    throw new Error(`image reference "${text2}": ${why}`);
  };
  if (text2 === "") fail("it is empty; expected [registry/]repository[:tag][@sha256:…]");
  if (/\s/.test(text2)) fail("it contains white space");
  if (/^[a-z]+:\/\//i.test(text2)) fail("it is a URL; leave out the scheme");
  const at = text2.indexOf("@");
  const named = at < 0 ? text2 : text2.slice(0, at);
  let digest;
  if (at >= 0) {
    try {
      digest = parseDigest(text2.slice(at + 1));
    } catch (error) {
      fail(error.message);
    }
  }
  const slash = named.indexOf("/");
  const first = slash < 0 ? "" : named.slice(0, slash);
  const hasRegistry = slash >= 0 && (/[.:A-Z]/.test(first) || first === "localhost");
  const registry = hubName(hasRegistry ? first : defaults.registry ?? DOCKER_HUB);
  const rest = hasRegistry ? named.slice(slash + 1) : named;
  if (!isRegistry(registry)) fail(`"${registry}" is no registry; expected host or host:port`);
  const colon = rest.lastIndexOf(":");
  const tagged = colon > rest.lastIndexOf("/");
  const path = tagged ? rest.slice(0, colon) : rest;
  const tag = tagged ? rest.slice(colon + 1) : void 0;
  if (tag !== void 0 && !isTag(tag)) {
    fail(`"${tag}" is no tag; expected 1 to 128 letters, digits, "_", "." and "-", not starting with "." or "-"`);
  }
  const repository = registry === DOCKER_HUB && path !== "" && !path.includes("/") ? `library/${path}` : path;
  const fault3 = repositoryFault(repository);
  if (fault3) fail(fault3);
  return { registry, repository, ...tag !== void 0 && { tag }, ...digest && { digest } };
}
function formatReference(reference) {
  const { registry, repository, tag, digest } = reference;
  return `${registry}/${repository}${tag === void 0 ? "" : `:${tag}`}${digest === void 0 ? "" : `@${digest}`}`;
}
function isRegistry(text2) {
  return REGISTRY.test(text2);
}
function isTag(text2) {
  return TAG.test(text2);
}
function repositoryFault(repository) {
  if (repository === "") return "it names no repository";
  if (repository.length > LONGEST_REPOSITORY) {
    return `the repository has ${repository.length} characters; at most ${LONGEST_REPOSITORY} are allowed`;
  }
  for (const component of repository.split("/")) {
    if (COMPONENT.test(component)) continue;
    if (component === "") return "the repository has an empty part between slashes";
    if (/[A-Z]/.test(component))
      return `repository part "${component}" has upper-case letters; only lower case is allowed`;
    return `repository part "${component}" is not allowed; expected a-z and 0-9, joined by ".", "_", "__" or "-"`;
  }
  return void 0;
}
function hubName(registry) {
  return registry === "index.docker.io" ? DOCKER_HUB : registry;
}

// images/endpoints.ts
var FORM = "expected name[|alias…]=http(s)://host[:port][,…]";
var HUB_URL = "https://registry-1.docker.io";
function parseEndpoints(text2) {
  const endpoints = [];
  const seen = /* @__PURE__ */ new Set();
  for (const entry of text2.split(",").map((part) => part.trim())) {
    if (entry === "") continue;
    const equals = entry.indexOf("=");
    if (equals < 0) throw new Error(`endpoint "${shown2(entry)}": it has no "="; ${FORM}`);
    const names = entry.slice(0, equals).split("|").map((part) => part.trim());
    for (const name of names) {
      if (!isRegistry(name)) throw new Error(`endpoint "${shown2(entry)}": "${name}" is no registry name; ${FORM}`);
      if (seen.has(name))
        throw new Error(`endpoint "${shown2(entry)}": ${name} is named twice; each name has one endpoint`);
      seen.add(name);
    }
    endpoints.push({ name: names[0], aliases: names.slice(1), url: parseUrl(entry, entry.slice(equals + 1).trim()) });
  }
  return endpoints;
}
function endpointFor(endpoints, registry) {
  const known = endpoints.find((endpoint) => endpoint.name === registry || endpoint.aliases.includes(registry));
  return known ?? { name: registry, aliases: [], url: registry === DOCKER_HUB ? HUB_URL : `https://${registry}` };
}
function canonicalRegistry(endpoints, registry) {
  return endpointFor(endpoints, registry).name;
}
function parseUrl(entry, text2) {
  const fail = (why) => {
    throw new Error(`endpoint "${shown2(entry)}": ${why}; ${FORM}`);
  };
  const url = URL.canParse(text2) ? new URL(text2) : fail("its URL cannot be read");
  if (url.protocol !== "http:" && url.protocol !== "https:") fail(`scheme ${url.protocol}// is not supported`);
  if (url.username !== "" || url.password !== "") fail("its URL carries credentials; put them into the docker config");
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") fail("its URL has a path");
  return url.origin;
}
function shown2(entry) {
  return entry.replace(/\/\/[^/@]*@/, "//…@");
}

// images/platform.ts
var PART = /^[a-z0-9_.-]+$/;
var ARCHITECTURES = {
  x86_64: ["amd64"],
  "x86-64": ["amd64"],
  aarch64: ["arm64"],
  i386: ["386"],
  i686: ["386"],
  armhf: ["arm", "v7"],
  armel: ["arm", "v6"]
};
var BASE_VARIANT = { amd64: "v1", arm64: "v8" };
var ONLY_VARIANT_OF_ARM = "v7";
function parsePlatform(text2) {
  const parts = text2.toLowerCase().split("/");
  const [os, architecture, variant] = parts;
  if (parts.length < 2 || parts.length > 3 || !parts.every((part) => PART.test(part)) || !os || !architecture) {
    throw new Error(`platform "${text2}": expected os/architecture[/variant], for example linux/amd64 or linux/arm64`);
  }
  return platformOf({ os, architecture, ...variant && { variant } });
}
function platformOf(parts) {
  const os = parts.os.toLowerCase();
  const written = parts.architecture.toLowerCase();
  const [architecture, implied] = ARCHITECTURES[written] ?? [written];
  const variant = parts.variant ? normalVariant(parts.variant) : implied ?? defaultVariant(architecture);
  return variant && variant !== BASE_VARIANT[architecture] ? `${os}/${architecture}/${variant}` : `${os}/${architecture}`;
}
function listPlatforms(platforms) {
  if (platforms.length === 0) return "none";
  if (platforms.length === 1) return platforms[0];
  return `${platforms.slice(0, -1).join(", ")} and ${platforms.at(-1)}`;
}
function defaultVariant(architecture) {
  return architecture === "arm" ? ONLY_VARIANT_OF_ARM : void 0;
}
function normalVariant(variant) {
  const lower = variant.toLowerCase();
  return /^[0-9]+$/.test(lower) ? `v${lower}` : lower;
}

// images/tags.ts
var UNKNOWN_COMMIT = "unknown";
function immutableTag(commit, digest) {
  if (commit !== UNKNOWN_COMMIT && !/^[0-9a-f]{40}$/.test(commit)) {
    throw new Error(`commit "${commit}": expected 40 lower-case hexadecimal digits or "${UNKNOWN_COMMIT}"`);
  }
  return `${commit.slice(0, 12)}-${shortDigest(digest)}`;
}
function liveTag(stack) {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}$/.test(stack)) {
    throw new Error(`stack "${stack}": expected a name of letters, digits, "_", "." and "-", at most 101 characters`);
  }
  return `live-${stack}`;
}

// steps/checks.ts
import { posix } from "node:path";
var pattern = (expression, allowed2) => (value) => expression.test(value) ? void 0 : allowed2;
var NEVER_MOVING = /^(?:[0-9a-f]{12}|unknown)-[0-9a-f]{12}$/;
if (!NEVER_MOVING.test(immutableTag("0".repeat(40), `sha256:${"0".repeat(64)}`))) throw new Error("tag forms differ");
var BRANCH = /^[A-Za-z0-9][A-Za-z0-9._/@+=-]*$/;
var LABEL2 = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
var isRepoUrl = (value) => {
  const allowed2 = "http(s)://host[:port]/path or ssh://[user@]host/path";
  if (!/^(?:https?|ssh):\/\/[^\s]+$/.test(value) || !URL.canParse(value)) return allowed2;
  const { hostname, pathname } = new URL(value);
  return hostname === "" || pathname.length < 2 ? allowed2 : void 0;
};
var isBranch = (value) => {
  const allowed2 = 'a branch name without refs/heads/, of letters, digits and . _ / @ + = -, no "..", no empty part';
  if (!BRANCH.test(value) || value.length > 200 || value.startsWith("refs/")) return allowed2;
  const parts = value.split("/");
  return value.includes("..") || parts.some((part) => part === "" || part.startsWith(".") || /\.(lock)?$/.test(part)) ? allowed2 : void 0;
};
var isCommit = pattern(/^[0-9a-f]{40}$/, "a full commit hash: 40 digits of 0-9 and a-f");
var isRepository = (value) => {
  const fault3 = repositoryFault(value);
  return fault3 && `a repository without registry and tag, for example cerebral/ai-services (${fault3})`;
};
var isMovingTag = (value) => {
  if (!isTag(value)) return '1 to 128 letters, digits, "_", "." and "-", not starting with "." or "-"';
  if (value.startsWith("live-")) return "a tag that does not start with live-: those are moved by rollouts only";
  return NEVER_MOVING.test(value) ? "a tag that is not of the form <commit>-<digest>: those never move" : void 0;
};
var isInnerPath = (value) => {
  const odd = value === "" || /[\u0000-\u001f\u007f\\]/.test(value) || posix.isAbsolute(value);
  const normal = posix.normalize(value);
  return odd || normal === ".." || normal.startsWith("../") ? "a relative path inside the repository" : void 0;
};
var isNamespace = pattern(LABEL2, 'a namespace: 1 to 63 of a-z, 0-9 and "-", no "-" at either end');
var isObjectName = (value) => value.length <= 253 && value.split(".").every((part) => LABEL2.test(part)) ? void 0 : 'a Kubernetes name: a-z, 0-9, "-" and ".", at most 253 characters';

// steps/forms.ts
var GIT_KEY = /^[a-z][a-z0-9-]*\.(?:.*\.)?[a-z][a-z0-9-]*$/i;
function parseGitSettings(text2) {
  return list(text2).map((entry, i) => {
    const [key, value, ...more] = Array.isArray(entry) ? entry : [];
    if (typeof key !== "string" || typeof value !== "string" || more.length > 0 || !GIT_KEY.test(key)) {
      throw new Error(`an entry ${i} that is no [key, value] of git settings`);
    }
    return [key, value];
  });
}
function parseBases(text2) {
  return list(text2).map((entry, i) => {
    const { repository, tag, reference, images } = entry ?? {};
    if (typeof repository !== "string" || typeof tag !== "string" || typeof reference !== "string") {
      throw new Error(`an entry ${i} without repository, tag or reference`);
    }
    if (!parseReference(reference).digest) throw new Error(`"${reference}", which has no digest`);
    if (images === void 0) return { repository, tag, reference };
    if (!Array.isArray(images) || !images.every((image) => typeof image === "string")) {
      throw new Error(`an entry ${i} whose images are no list of texts`);
    }
    return { repository, tag, reference, images };
  });
}
function basesFor(repository, offered2) {
  const own = offered2.filter(({ images }) => images?.includes(repository));
  return [...own, ...offered2.filter(({ images }) => images === void 0)];
}
function parseBuilders(text2) {
  const value = json(text2);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error("something other than an object");
  return Object.fromEntries(
    Object.entries(value).map(([platform, address]) => {
      if (typeof address !== "string" || !/^(?:tcp:\/\/[^\s/]+:[0-9]+|unix:\/\/\/\S+)$/.test(address)) {
        throw new Error(`${JSON.stringify(address)} for ${platform}`);
      }
      return [parsePlatform(platform), address];
    })
  );
}
function list(text2) {
  const value = json(text2);
  if (!Array.isArray(value)) throw new Error("something other than a list");
  return value;
}
function json(text2) {
  try {
    return JSON.parse(text2);
  } catch {
    throw new Error(`${text2.length} characters that are not JSON`);
  }
}

// steps/params.ts
var LONGEST_TIMEOUT = 3600;
function fetchParams(env) {
  const e = new Environment(env);
  const build = readBuild(e);
  const commit = e.param("commit", isCommit, "");
  const offered2 = e.parsed(
    "SLIPWAY_BASES",
    parseBases,
    'JSON [{"repository", "tag", "reference", "images"?}, …], references with digests'
  );
  if (offered2?.some((base) => base.repository === build.repository)) {
    e.fault(
      "image-name",
      JSON.stringify(build.repository),
      "a service's image; this one is a base image, which only `pulumi up` builds"
    );
  }
  const params = {
    ...build,
    branch: e.param("repo-branch", isBranch, "main"),
    ...commit && { commit },
    gitSettings: e.parsed("SLIPWAY_GIT_CONFIG", parseGitSettings, 'JSON [["key", "value"], …] of git settings', "[]"),
    bases: basesFor(build.repository, offered2 ?? []),
    remedy: e.variable("SLIPWAY_REMEDY", (value) => value ? void 0 : "the command that mends a base")
  };
  readTarget(e);
  e.done();
  return params;
}
function buildParams(env) {
  const e = new Environment(env);
  const params = {
    ...readBuild(e),
    builders: e.parsed("SLIPWAY_BUILDERS", parseBuilders, 'JSON {"linux/amd64": "tcp://host:port", …}'),
    tls: e.variable("SLIPWAY_BUILDER_TLS", isFolder)
  };
  for (const platform of params.platforms ?? []) {
    if (params.builders && !params.builders[platform]) {
      e.fault("SLIPWAY_BUILDERS", `no builder for ${platform}`, "a builder for every platform of SLIPWAY_PLATFORMS");
    }
  }
  e.done();
  return params;
}
function rolloutParams(env) {
  const e = new Environment(env);
  const params = {
    ...readCommon(e),
    ...readTarget(e),
    digest: e.param("digest", (value) => isDigest(value) ? void 0 : "sha256: and 64 digits"),
    commit: e.param("source-commit", isCommit),
    stack: e.variable(
      "SLIPWAY_STACK",
      (value) => attempt(() => liveTag(value)) && `a stack's name: letters, digits, "_", "." and "-"`
    ),
    timeout: 1e3 * Number(e.variable("SLIPWAY_ROLLOUT_TIMEOUT", isSeconds))
  };
  e.done();
  return params;
}
function runName(env) {
  const { SLIPWAY_RUN_NAME: name, SLIPWAY_RUN_NAMESPACE: namespace } = env;
  return name && namespace && !isObjectName(name) && !isNamespace(namespace) ? { name, namespace } : void 0;
}
function readCommon(e) {
  const endpoints = e.parsed("SLIPWAY_ENDPOINTS", parseEndpoints, "name[|alias…]=http(s)://host[:port][,…]", "");
  const registry = e.param(
    "registry-url",
    (value) => isRegistry(value) ? void 0 : "host or host:port, without http(s)://"
  );
  return {
    work: e.variable("SLIPWAY_WORK", isFolder),
    endpoints,
    registry: endpoints ? canonicalRegistry(endpoints, registry) : registry,
    repository: e.param("image-name", isRepository)
  };
}
function readBuild(e) {
  return {
    ...readCommon(e),
    repoUrl: e.param("repo-url", isRepoUrl),
    dockerfile: e.param("dockerfile", isInnerPath),
    context: e.param("build-context", isInnerPath),
    imageTag: e.param("image-tag", isMovingTag, "main"),
    platforms: e.parsed(
      "SLIPWAY_PLATFORMS",
      parsePlatforms,
      "os/architecture[,…], for example linux/amd64,linux/arm64"
    )
  };
}
function readTarget(e) {
  return {
    deployment: e.param("deployment-name", isObjectName),
    namespace: e.param("deployment-namespace", isNamespace)
  };
}
function parsePlatforms(text2) {
  const platforms = text2.split(",").map((part) => parsePlatform(part.trim()));
  if (new Set(platforms).size < platforms.length) throw new Error(`"${text2}", which names a platform twice`);
  return platforms;
}
function isFolder(value) {
  return isAbsolute(value) ? void 0 : "an absolute path";
}
function isSeconds(value) {
  const fits = /^[0-9]+$/.test(value) && Number(value) >= 1 && Number(value) <= LONGEST_TIMEOUT;
  return fits ? void 0 : `whole seconds, 1 to ${LONGEST_TIMEOUT}`;
}
function attempt(action) {
  try {
    action();
    return void 0;
  } catch (error) {
    return error.message;
  }
}

// steps/report.ts
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
var REASON = "slipway.dev/reason";
var OUTCOME = "slipway.dev/outcome";
var LONGEST = 1e3;
var PATIENCE = 1e4;
var TRIES = 5;
function makeReporter(run3, connect2, log, patience = PATIENCE) {
  if (!run3) return { adopt: async () => {
  }, failed: async () => {
  }, ended: async () => {
  } };
  const runs = `/apis/tekton.dev/v1/namespaces/${run3.namespace}/pipelineruns/${run3.name}`;
  const annotate = (kube, name, text2) => kube.patch(runs, { metadata: { annotations: { [name]: oneLine(text2).slice(0, LONGEST) } } }, "merge");
  const safely = async (what, action) => {
    const late = new AbortController();
    try {
      const limit = sleep(patience, void 0, { signal: late.signal, ref: false }).then(
        () => Promise.reject(new Error(`no answer within ${patience / 1e3} s`)),
        () => void 0
      );
      await Promise.race([action(connect2()), limit]);
    } catch (error) {
      log(`warning: ${what}: ${messageOf(error)}`);
    } finally {
      late.abort();
    }
  };
  return {
    adopt: () => safely("the run can't be given to its Pipeline", (kube) => adopt(kube, runs, run3.namespace)),
    failed: (reason) => safely("the reason can't be written to the run", (kube) => annotate(kube, REASON, reason)),
    ended: (outcome) => safely("the outcome can't be written to the run", (kube) => annotate(kube, OUTCOME, outcome))
  };
}
async function adopt(kube, path, namespace) {
  for (let attempt2 = 1; ; attempt2++) {
    const run3 = await kube.get(path);
    if (!run3) throw new Error("the run is not there any more");
    const name = run3.spec?.pipelineRef?.name;
    if (!name) return;
    const pipeline = await kube.get(`/apis/tekton.dev/v1/namespaces/${namespace}/pipelines/${name}`);
    if (!pipeline) throw new Error(`Pipeline ${name} is not there any more`);
    const uid = pipeline.metadata.uid;
    const owners = run3.metadata.ownerReferences ?? [];
    if (owners.some((owner2) => owner2.uid === uid)) return;
    const owner = { apiVersion: "tekton.dev/v1", kind: "Pipeline", name, uid };
    const { resourceVersion } = run3.metadata;
    try {
      await kube.patch(path, { metadata: { resourceVersion, ownerReferences: [...owners, owner] } }, "merge");
      return;
    } catch (error) {
      if (!(error instanceof KubeError) || error.status !== 409 || attempt2 === TRIES) throw error;
    }
  }
}
async function writeResults(env, results) {
  for (const [name, value] of Object.entries(results)) {
    const file = env[`RESULT_${name.toUpperCase()}`];
    if (file) await writeFile(file, value);
  }
}

// steps/steps.ts
import { readFile as readFile4 } from "node:fs/promises";

// images/credentials.ts
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
var HELPER_TIMEOUT = 1e4;
var HUB_KEY = "https://index.docker.io/v1/";
async function credentialsFor(host) {
  const file = join(process.env.DOCKER_CONFIG || join(homedir(), ".docker"), "config.json");
  const config = await readConfig(file);
  if (!config) return void 0;
  const keys = keysOf(host);
  for (const key of keys) {
    const helper = config.credHelpers?.[key];
    if (helper) return askHelper(helper, key);
  }
  if (config.credsStore) {
    for (const key of keys) {
      const stored = await askHelper(config.credsStore, key);
      if (stored) return stored;
    }
  }
  for (const [key, entry] of Object.entries(config.auths ?? {})) {
    if (!keys.includes(key) && !keys.includes(hostOf(key))) continue;
    const found = entryOf(entry, file, key);
    if (found) return found;
  }
  return void 0;
}
function keysOf(host) {
  return host === DOCKER_HUB || host === "registry-1.docker.io" ? [HUB_KEY, "index.docker.io", DOCKER_HUB] : [host];
}
function hostOf(key) {
  return key.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}
async function readConfig(file) {
  let text2;
  try {
    text2 = await readFile(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return void 0;
    throw new Error(`${file} can't be read: ${error.message}`);
  }
  try {
    const config = JSON.parse(text2);
    if (typeof config === "object" && config !== null && !Array.isArray(config)) return config;
  } catch {
  }
  throw new Error(`${file} is not a JSON object; write it again with docker login, or remove it`);
}
function entryOf(entry, file, key) {
  if (entry.identitytoken) return { username: "<token>", password: entry.identitytoken };
  if (entry.username && entry.password) return { username: entry.username, password: entry.password };
  if (!entry.auth) return void 0;
  const decoded = Buffer.from(entry.auth, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  if (colon <= 0)
    throw new Error(`${file}: auths["${key}"].auth is not base64 of user:password; run docker login ${key}`);
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}
async function askHelper(helper, key) {
  const program = `docker-credential-${helper}`;
  const { code, output, fault: fault3 } = await run(program, key);
  if (fault3 === "ENOENT") throw new Error(`${program} is not on the PATH; the docker config names it for ${key}`);
  if (code !== 0 && /credentials not found/i.test(output)) return void 0;
  if (code !== 0)
    throw new Error(`${program} get ${key} failed: ${fault3 ?? (output.trim().slice(0, 200) || `exit status ${code}`)}`);
  try {
    const { Username, Secret } = JSON.parse(output);
    if (typeof Username === "string" && typeof Secret === "string") return { username: Username, password: Secret };
  } catch {
  }
  throw new Error(`${program} get ${key}: its answer has no Username and Secret`);
}
function run(program, input) {
  return new Promise((resolve) => {
    const child2 = execFile(program, ["get"], { timeout: HELPER_TIMEOUT }, (error, stdout) => {
      if (!error) return resolve({ code: 0, output: stdout });
      const { code, killed } = error;
      if (killed) return resolve({ code: 1, output: "", fault: `no answer within ${HELPER_TIMEOUT / 1e3} s` });
      resolve({
        code: typeof code === "number" ? code : 1,
        output: stdout,
        ...typeof code === "string" && { fault: code }
      });
    });
    child2.stdin?.on("error", () => {
    }).end(input);
  });
}

// images/manifest.ts
var OCI_INDEX = "application/vnd.oci.image.index.v1+json";
var OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
var DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
var DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
var ACCEPTED = [OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST];
var REVISION = "org.opencontainers.image.revision";
var SOURCE = "org.opencontainers.image.source";
function parseManifest(bytes, mediaType) {
  const body = object(json2(bytes), "the manifest");
  const declared = mediaType?.split(";")[0]?.trim().toLowerCase();
  const own = body.mediaType === void 0 ? void 0 : text(body.mediaType, "mediaType");
  if (body.schemaVersion !== 2) {
    throw fault(
      `schemaVersion ${JSON.stringify(body.schemaVersion)} is not supported; expected 2: push the image again with a current client`
    );
  }
  if (own && declared && ACCEPTED.includes(declared) && own !== declared) {
    throw fault(`the registry calls it ${declared}, its own mediaType is ${own}`);
  }
  if (body.manifests !== void 0 && (body.layers !== void 0 || body.config !== void 0)) {
    throw fault("it has the fields of an index and of an image manifest");
  }
  const type = own ?? (declared && ACCEPTED.includes(declared) ? declared : body.manifests ? OCI_INDEX : OCI_MANIFEST);
  const annotations = strings(body.annotations, "annotations");
  if (type === OCI_INDEX || type === DOCKER_LIST) {
    return { kind: "index", mediaType: type, children: array(body.manifests, "manifests").map(child), annotations };
  }
  if (type === OCI_MANIFEST || type === DOCKER_MANIFEST) {
    const layers = array(body.layers, "layers").map((layer, i) => descriptor(layer, `layers[${i}]`));
    return { kind: "image", mediaType: type, config: descriptor(body.config, "config"), layers, annotations };
  }
  throw fault(`media type ${type} is not supported; expected one of ${ACCEPTED.join(", ")}`);
}
function platformsOf(index) {
  const platforms = /* @__PURE__ */ new Map();
  for (const entry of index.children) {
    if (!entry.platform || entry.mediaType !== OCI_MANIFEST && entry.mediaType !== DOCKER_MANIFEST) continue;
    if (entry.platform.os === "unknown" || entry.platform.architecture === "unknown") continue;
    if (entry.annotations?.["vnd.docker.reference.type"]) continue;
    const platform = platformOf(entry.platform);
    if (!platforms.has(platform)) platforms.set(platform, entry);
  }
  return platforms;
}
function makeIndex(children, annotations = {}) {
  const key = (entry) => `${entry.platform ? platformOf(entry.platform) : "~"} ${entry.digest}`;
  const manifests = [...children].sort((a, b) => key(a) < key(b) ? -1 : 1).map(ordered);
  const body = {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests,
    ...Object.keys(annotations).length > 0 && { annotations: sorted(annotations) }
  };
  const bytes = Buffer.from(JSON.stringify(body));
  return { bytes, digest: digestOf(bytes), mediaType: OCI_INDEX };
}
function ordered({ mediaType, digest, size, annotations, platform }) {
  return {
    mediaType,
    digest,
    size,
    ...annotations && Object.keys(annotations).length > 0 && { annotations: sorted(annotations) },
    ...platform && {
      platform: {
        architecture: platform.architecture,
        os: platform.os,
        ...platform.variant && { variant: platform.variant }
      }
    }
  };
}
function sorted(record) {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => a < b ? -1 : 1));
}
function child(value, i) {
  const entry = object(value, `manifests[${i}]`);
  const base = descriptor(entry, `manifests[${i}]`);
  if (entry.platform === void 0 || entry.platform === null) return base;
  const platform = object(entry.platform, `manifests[${i}].platform`);
  const os = text(platform.os, `manifests[${i}].platform.os`);
  const architecture = text(platform.architecture, `manifests[${i}].platform.architecture`);
  const variant = platform.variant ? text(platform.variant, `manifests[${i}].platform.variant`) : void 0;
  return { ...base, platform: { os, architecture, ...variant && { variant } } };
}
function descriptor(value, where) {
  const entry = object(value, where);
  const mediaType = text(entry.mediaType, `${where}.mediaType`);
  if (!isDigest(entry.digest)) throw fault(`${where}.digest is ${JSON.stringify(entry.digest)}, not a sha256 digest`);
  if (!Number.isSafeInteger(entry.size) || entry.size < 0) {
    throw fault(`${where}.size is ${JSON.stringify(entry.size)}, not a number of bytes`);
  }
  const annotations = strings(entry.annotations, `${where}.annotations`);
  return {
    mediaType,
    digest: entry.digest,
    size: entry.size,
    ...Object.keys(annotations).length > 0 && { annotations }
  };
}
function json2(bytes) {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    throw fault(`its ${bytes.length} bytes are not JSON`);
  }
}
function object(value, where) {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw fault(`${where} is not an object`);
}
function array(value, where) {
  if (Array.isArray(value)) return value;
  throw fault(`${where} is not a list`);
}
function text(value, where) {
  if (typeof value === "string" && value !== "") return value;
  throw fault(`${where} is ${JSON.stringify(value)}, not a text`);
}
function strings(value, where) {
  if (value === void 0 || value === null) return {};
  return Object.fromEntries(
    Object.entries(object(value, where)).map(([key, item]) => [key, anyText(item, `${where}.${key}`)])
  );
}
function anyText(value, where) {
  if (typeof value === "string") return value;
  throw fault(`${where} is ${JSON.stringify(value)}, not a text`);
}
function fault(what) {
  return new Error(`image manifest: ${what}`);
}

// images/registry-errors.ts
var RegistryError = class extends Error {
  name = "RegistryError";
  status;
  code;
  constructor(method, url, status, code, message) {
    super(`${method} ${url}: ${code}${message && message !== code ? `: ${message}` : ""}`);
    this.status = status;
    this.code = code;
  }
};
var UnreachableError = class extends Error {
  name = "UnreachableError";
  registry;
  constructor(registry, url, fault3) {
    super(`registry ${registry} can't be reached at ${url}: ${networkFault(fault3)}`, { cause: fault3 });
    this.registry = registry;
  }
};
function errorOf(method, url, status, body) {
  const first = specErrors(body)?.[0];
  const code = first?.code ?? `HTTP_${status}`;
  return new RegistryError(method, url, status, code, (first?.message ?? `status ${status}`).slice(0, 300));
}
function isSpecError(body) {
  return specErrors(body) !== void 0;
}
function specErrors(body) {
  try {
    const errors = JSON.parse(body).errors;
    if (!Array.isArray(errors)) return void 0;
    return errors.map((error) => ({
      ...typeof error?.code === "string" && { code: error.code },
      ...typeof error?.message === "string" && { message: error.message }
    }));
  } catch {
    return void 0;
  }
}
var FAULTS = {
  ECONNREFUSED: "connection refused; check that it runs, and that this is its port",
  ENOTFOUND: "the host is not known here; a registry with another address here is named in SLIPWAY_ENDPOINTS",
  EAI_AGAIN: "the host is not known here; a registry with another address here is named in SLIPWAY_ENDPOINTS",
  ECONNRESET: "the connection was broken off",
  UND_ERR_SOCKET: "the connection was broken off",
  UND_ERR_CONNECT_TIMEOUT: "no connection within 10 s",
  UND_ERR_BODY_TIMEOUT: "the answer stopped half-way",
  EPROTO: "it does not speak TLS there; for plain HTTP its endpoint starts with http://",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "it does not speak TLS there; for plain HTTP its endpoint starts with http://",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS there; for plain HTTP its endpoint starts with http://",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is not trusted; name its authority in NODE_EXTRA_CA_CERTS",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is not trusted; name its authority in NODE_EXTRA_CA_CERTS",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is not trusted; name its authority in NODE_EXTRA_CA_CERTS",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is not trusted; name its authority in NODE_EXTRA_CA_CERTS",
  CERT_HAS_EXPIRED: "its certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host"
};
function networkFault(fault3) {
  let deepest = fault3;
  for (let error = fault3; error instanceof Error; error = error.cause) {
    if (error.name === "TimeoutError") return error.message;
    const code = error.code;
    if (typeof code === "string" && FAULTS[code]) return FAULTS[code];
    deepest = error;
  }
  return deepest instanceof Error ? deepest.message : String(deepest);
}

// node_modules/is-network-error/index.js
var objectToString = Object.prototype.toString;
var isError = (value) => objectToString.call(value) === "[object Error]";
var errorMessages = /* @__PURE__ */ new Set([
  "network error",
  // Chrome
  "NetworkError when attempting to fetch resource.",
  // Firefox
  "The Internet connection appears to be offline.",
  // Safari 16
  "Network request failed",
  // `cross-fetch`
  "fetch failed",
  // Undici (Node.js)
  "terminated",
  // Undici (Node.js)
  " A network error occurred.",
  // Bun (WebKit)
  "Network connection lost"
  // Cloudflare Workers (fetch)
]);
function isNetworkError(error) {
  const isValid = error && isError(error) && error.name === "TypeError" && typeof error.message === "string";
  if (!isValid) {
    return false;
  }
  const { message, stack } = error;
  if (message === "Load failed" || message.startsWith("Load failed (") && message.endsWith(")")) {
    return stack === void 0 || "__sentry_captured__" in error;
  }
  if (message.startsWith("error sending request for url")) {
    return true;
  }
  if (message === "Failed to fetch" || message.startsWith("Failed to fetch (") && message.endsWith(")")) {
    return true;
  }
  return errorMessages.has(message);
}

// node_modules/p-retry/index.js
function validateRetries(retries) {
  if (typeof retries === "number") {
    if (retries < 0) {
      throw new TypeError("Expected `retries` to be a non-negative number.");
    }
    if (Number.isNaN(retries)) {
      throw new TypeError("Expected `retries` to be a valid number or Infinity, got NaN.");
    }
  } else if (retries !== void 0) {
    throw new TypeError("Expected `retries` to be a number or Infinity.");
  }
}
function validateNumberOption(name, value, { min = 0, allowInfinity = false } = {}) {
  if (value === void 0) {
    return;
  }
  if (typeof value !== "number" || Number.isNaN(value)) {
    throw new TypeError(`Expected \`${name}\` to be a number${allowInfinity ? " or Infinity" : ""}.`);
  }
  if (!allowInfinity && !Number.isFinite(value)) {
    throw new TypeError(`Expected \`${name}\` to be a finite number.`);
  }
  if (value < min) {
    throw new TypeError(`Expected \`${name}\` to be ≥ ${min}.`);
  }
}
var AbortError = class extends Error {
  constructor(message) {
    super();
    if (message instanceof Error) {
      this.originalError = message;
      ({ message } = message);
    } else {
      this.originalError = new Error(message);
      this.originalError.stack = this.stack;
    }
    this.name = "AbortError";
    this.message = message;
  }
};
function calculateDelay(retriesConsumed, options) {
  const attempt2 = Math.max(1, retriesConsumed + 1);
  const random = options.randomize ? Math.random() + 1 : 1;
  let timeout = Math.round(random * options.minTimeout * options.factor ** (attempt2 - 1));
  timeout = Math.min(timeout, options.maxTimeout);
  return timeout;
}
function calculateRemainingTime(start, max) {
  if (!Number.isFinite(max)) {
    return max;
  }
  return max - (performance.now() - start);
}
async function onAttemptFailure({ error, attemptNumber, retriesConsumed, startTime, options }) {
  const normalizedError = error instanceof Error ? error : new TypeError(`Non-error was thrown: "${error}". You should only throw errors.`);
  if (normalizedError instanceof AbortError) {
    throw normalizedError.originalError;
  }
  const retriesLeft = Number.isFinite(options.retries) ? Math.max(0, options.retries - retriesConsumed) : options.retries;
  const maxRetryTime = options.maxRetryTime ?? Number.POSITIVE_INFINITY;
  const context = Object.freeze({
    error: normalizedError,
    attemptNumber,
    retriesLeft,
    retriesConsumed
  });
  await options.onFailedAttempt(context);
  if (calculateRemainingTime(startTime, maxRetryTime) <= 0) {
    throw normalizedError;
  }
  const consumeRetry = await options.shouldConsumeRetry(context);
  const remainingTime = calculateRemainingTime(startTime, maxRetryTime);
  if (remainingTime <= 0 || retriesLeft <= 0) {
    throw normalizedError;
  }
  if (normalizedError instanceof TypeError && !isNetworkError(normalizedError)) {
    if (consumeRetry) {
      throw normalizedError;
    }
    options.signal?.throwIfAborted();
    return false;
  }
  if (!await options.shouldRetry(context)) {
    throw normalizedError;
  }
  if (!consumeRetry) {
    options.signal?.throwIfAborted();
    return false;
  }
  const delayTime = calculateDelay(retriesConsumed, options);
  const finalDelay = Math.min(delayTime, remainingTime);
  options.signal?.throwIfAborted();
  if (finalDelay > 0) {
    await new Promise((resolve, reject) => {
      const onAbort = () => {
        clearTimeout(timeoutToken);
        options.signal?.removeEventListener("abort", onAbort);
        reject(options.signal.reason);
      };
      const timeoutToken = setTimeout(() => {
        options.signal?.removeEventListener("abort", onAbort);
        resolve();
      }, finalDelay);
      if (options.unref) {
        timeoutToken.unref?.();
      }
      options.signal?.addEventListener("abort", onAbort, { once: true });
    });
  }
  options.signal?.throwIfAborted();
  return true;
}
async function pRetry(input, options = {}) {
  options = { ...options };
  validateRetries(options.retries);
  if (Object.hasOwn(options, "forever")) {
    throw new Error("The `forever` option is no longer supported. For many use-cases, you can set `retries: Infinity` instead.");
  }
  options.retries ??= 10;
  options.factor ??= 2;
  options.minTimeout ??= 1e3;
  options.maxTimeout ??= Number.POSITIVE_INFINITY;
  options.maxRetryTime ??= Number.POSITIVE_INFINITY;
  options.randomize ??= false;
  options.onFailedAttempt ??= () => {
  };
  options.shouldRetry ??= () => true;
  options.shouldConsumeRetry ??= () => true;
  validateNumberOption("factor", options.factor, { min: 0, allowInfinity: false });
  validateNumberOption("minTimeout", options.minTimeout, { min: 0, allowInfinity: false });
  validateNumberOption("maxTimeout", options.maxTimeout, { min: 0, allowInfinity: true });
  validateNumberOption("maxRetryTime", options.maxRetryTime, { min: 0, allowInfinity: true });
  if (!(options.factor > 0)) {
    options.factor = 1;
  }
  options.signal?.throwIfAborted();
  let attemptNumber = 0;
  let retriesConsumed = 0;
  const startTime = performance.now();
  while (Number.isFinite(options.retries) ? retriesConsumed <= options.retries : true) {
    attemptNumber++;
    try {
      options.signal?.throwIfAborted();
      const result = await input(attemptNumber);
      options.signal?.throwIfAborted();
      return result;
    } catch (error) {
      if (await onAttemptFailure({
        error,
        attemptNumber,
        retriesConsumed,
        startTime,
        options
      })) {
        retriesConsumed++;
      }
    }
  }
  throw new Error("Retry attempts exhausted without throwing an error.");
}

// images/registry-auth.ts
var IDENTITY_TOKEN_USER = "<token>";
function parseChallenges(header) {
  const challenges = [];
  const pattern2 = /([a-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|([a-z][a-z0-9_-]*)(?=\s|,|$)/gi;
  for (const [, name, quoted2, bare, scheme] of header.matchAll(pattern2)) {
    if (scheme) challenges.push({ scheme: scheme.toLowerCase(), parameters: {} });
    else {
      const parameters = challenges.at(-1)?.parameters;
      if (parameters && name) parameters[name.toLowerCase()] = quoted2?.replace(/\\(.)/g, "$1") ?? bare ?? "";
    }
  }
  return challenges;
}
async function answerChallenge(header, who) {
  const challenges = parseChallenges(header);
  const bearer = challenges.find((challenge) => challenge.scheme === "bearer" && challenge.parameters.realm);
  if (bearer) return `Bearer ${await fetchToken(bearer.parameters, who)}`;
  if (challenges.some((challenge) => challenge.scheme === "basic") && who.credentials) return basic(who.credentials);
  return void 0;
}
async function fetchToken(parameters, who) {
  const realm = new URL(parameters.realm, who.origin);
  const { credentials } = who;
  if (credentials && realm.protocol !== "https:" && who.origin.startsWith("https:")) {
    throw new Error(
      `registry ${who.origin} sends its users to ${realm.origin} without TLS; the password is not sent there`
    );
  }
  const query = new URLSearchParams();
  if (parameters.service) query.set("service", parameters.service);
  for (const scope of (parameters.scope ?? "").split(" ").filter(Boolean)) query.append("scope", scope);
  const address = `${realm.origin}${realm.pathname}`;
  let answer;
  let method = "GET";
  if (credentials?.username === IDENTITY_TOKEN_USER) {
    method = "POST";
    query.set("grant_type", "refresh_token");
    query.set("refresh_token", credentials.password);
    query.set("client_id", "slipway");
    answer = await who.fetch(address, { method, body: query });
  } else {
    const asked = new URLSearchParams([...realm.searchParams, ...query]);
    answer = await who.fetch(
      `${address}?${asked}`,
      credentials ? { headers: { authorization: basic(credentials) } } : {}
    );
  }
  if (answer.status !== 200) throw errorOf(method, address, answer.status, answer.body);
  const token = tokenOf(answer.body);
  if (token) return token;
  throw errorOf(
    method,
    address,
    answer.status,
    '{"errors":[{"code":"NO_TOKEN","message":"the token server sent no token"}]}'
  );
}
function tokenOf(body) {
  try {
    const { token, access_token } = JSON.parse(body);
    return [token, access_token].find((value) => typeof value === "string" && value !== "");
  } catch {
    return void 0;
  }
}
function basic({ username, password }) {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

// images/registry-http.ts
var Transient = class extends Error {
  reported;
  constructor(reported) {
    super(reported.message);
    this.reported = reported;
  }
};
var LARGEST_MANIFEST = 4 * 1024 * 1024;
var RegistryHttp = class {
  #endpoints;
  #credentials;
  #retries;
  #timeout;
  /** Authorization by endpoint, repository and kind of access: one challenge answered serves all later requests. */
  #authorization = /* @__PURE__ */ new Map();
  /** Whatever must not show in a message. */
  #secrets = /* @__PURE__ */ new Set();
  constructor(options = {}) {
    this.#endpoints = options.endpoints ?? [];
    this.#credentials = options.credentials ?? (async () => void 0);
    this.#retries = options.retries ?? 2;
    this.#timeout = options.timeout ?? 1e4;
  }
  /** One request of the API: `path` below the repository. Any status below 500 but 429 is an answer. */
  async request(registry, repository, path, request) {
    const endpoint = endpointFor(this.#endpoints, registry);
    const url = `${endpoint.url}/v2/${repository === "" ? "" : `${repository}/`}${path}`;
    const access = request.method === "GET" || request.method === "HEAD" ? "read" : "write";
    const key = `${endpoint.url} ${repository} ${access}`;
    const first = await this.#send(endpoint, url, request, await this.#authorization.get(key));
    const challenge = first.status === 401 ? first.headers.get("www-authenticate") : null;
    if (challenge === null) return first;
    const authorization = this.#identify(endpoint, challenge);
    this.#authorization.set(key, authorization);
    try {
      const header = await authorization;
      return header === void 0 ? first : await this.#send(endpoint, url, request, header);
    } catch (error) {
      this.#authorization.delete(key);
      throw error;
    }
  }
  async #identify(endpoint, challenge) {
    const hosts = [new URL(endpoint.url).host, endpoint.name, ...endpoint.aliases];
    let credentials;
    for (const host of hosts) credentials ??= await this.#credentials(host);
    if (credentials?.password) this.#secrets.add(credentials.password);
    const authorization = await answerChallenge(challenge, {
      origin: endpoint.url,
      credentials,
      fetch: async (url, init) => {
        const { status, bytes } = await this.#fetch(endpoint, url, init ?? {}, LARGEST_MANIFEST);
        return { status, body: status === 200 ? bytes.toString("utf8") : this.#redacted(bytes.toString("utf8")) };
      }
    });
    if (authorization) this.#secrets.add(authorization.slice(authorization.indexOf(" ") + 1));
    return authorization;
  }
  async #send(endpoint, url, request, authorization) {
    const { method, body, limit } = request;
    const headers = { ...request.headers, ...authorization && { authorization } };
    const answer = await this.#fetch(
      endpoint,
      url,
      { method, headers, body },
      limit ?? LARGEST_MANIFEST
    );
    return { ...answer, method, url };
  }
  /** One request with its whole answer, tried again where that may help: all that is sent here is idempotent. */
  async #fetch(endpoint, url, init, limit) {
    const method = init.method ?? "GET";
    const address = url.replace(/\?.*$/, "");
    const once = async () => {
      let answer;
      try {
        const response = await fetch(url, { ...init, signal: AbortSignal.timeout(this.#timeout) });
        answer = { status: response.status, headers: response.headers, bytes: await read(response, limit) };
      } catch (error) {
        const timedOut = error instanceof Error && error.name === "TimeoutError";
        const fault3 = timedOut ? new DOMException(`no whole answer within ${this.#timeout / 1e3} s`, "TimeoutError") : error;
        throw new Transient(new UnreachableError(endpoint.name, new URL(url).origin, fault3));
      }
      if (answer.status < 500 && answer.status !== 429) return answer;
      throw new Transient(this.error({ ...answer, method, url: address }));
    };
    try {
      return await pRetry(once, {
        retries: this.#retries,
        minTimeout: 200,
        maxTimeout: 2e3,
        randomize: true,
        shouldRetry: ({ error }) => error instanceof Transient
      });
    } catch (error) {
      throw error instanceof Transient ? error.reported : error;
    }
  }
  /** The error of an answer that is no success, without any secret that the server may echo. */
  error(answer) {
    return errorOf(answer.method, answer.url, answer.status, this.#redacted(answer.bytes.toString("utf8")));
  }
  #redacted(text2) {
    let safe = text2;
    for (const secret of this.#secrets) safe = safe.replaceAll(secret, "…");
    return safe;
  }
};
async function read(response, limit) {
  const chunks = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > limit) throw new Error(`the answer is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

// images/registry.ts
var LARGEST_BLOB = 64 * 1024 * 1024;
var TAGS_A_PAGE = 1e3;
var RegistryClient = class {
  endpoints;
  #http;
  constructor(options = {}) {
    this.endpoints = options.endpoints ?? [];
    this.#http = new RegistryHttp(options);
  }
  /**
   * The manifest that `ref` names (by digest, else by tag, else `latest`), undefined where there is none. The bytes
   * are checked against the digest that was asked for, or that the registry states. Throws RegistryError or
   * UnreachableError.
   */
  async manifest(ref) {
    const answer = await this.#http.request(ref.registry, ref.repository, `manifests/${selector(ref)}`, {
      method: "GET",
      headers: { accept: ACCEPTED.join(", ") },
      limit: LARGEST_MANIFEST
    });
    if (answer.status === 404) return absent(answer);
    this.#expect(answer, 200);
    const digest = digestOf(answer.bytes);
    const stated = ref.digest ?? answer.headers.get("docker-content-digest") ?? digest;
    if (stated !== digest) {
      throw failure(answer, "DIGEST_MISMATCH", `asked for or announced ${stated}, the bytes that came are ${digest}`);
    }
    try {
      const mediaType = answer.headers.get("content-type") ?? void 0;
      const manifest = parseManifest(answer.bytes, mediaType);
      return { digest, mediaType: manifest.mediaType, bytes: answer.bytes, manifest };
    } catch (error) {
      throw new Error(`${formatReference(ref)}: ${error.message}`);
    }
  }
  /** The digest of what `ref` names, without reading it; undefined where there is nothing. */
  async head(ref) {
    const answer = await this.#http.request(ref.registry, ref.repository, `manifests/${selector(ref)}`, {
      method: "HEAD",
      headers: { accept: ACCEPTED.join(", ") }
    });
    if (answer.status === 404) return void 0;
    this.#expect(answer, 200);
    const stated = answer.headers.get("docker-content-digest");
    return isDigest(stated) ? stated : (await this.manifest(ref))?.digest;
  }
  /** Puts a manifest or an index under `ref`'s tag, or under its digest where `ref` has no tag. Gives its digest. */
  async put(ref, bytes, mediaType) {
    const digest = digestOf(bytes);
    if (ref.digest && ref.digest !== digest) {
      throw new Error(`${formatReference(ref)}: the bytes to put are ${digest}`);
    }
    const answer = await this.#http.request(ref.registry, ref.repository, `manifests/${ref.tag ?? digest}`, {
      method: "PUT",
      headers: { "content-type": mediaType },
      body: bytes
    });
    this.#expect(answer, 201, 200);
    const stated = answer.headers.get("docker-content-digest");
    if (stated !== null && stated !== digest) {
      throw failure(answer, "DIGEST_MISMATCH", `put ${digest}, the registry has stored ${stated}`);
    }
    return digest;
  }
  /** Removes the manifest with `ref`'s digest, and with it every tag on it. False where there was none. */
  async remove(ref) {
    if (!ref.digest) throw new Error(`${formatReference(ref)}: removal is by digest, so that no moved tag is hit`);
    const answer = await this.#http.request(ref.registry, ref.repository, `manifests/${ref.digest}`, {
      method: "DELETE"
    });
    if (answer.status === 404) return false;
    this.#expect(answer, 202, 200, 204);
    return true;
  }
  /** All tags of a repository, in the registry's order; none where the repository is not there. */
  async tags(registry, repository) {
    const tags = [];
    const seen = /* @__PURE__ */ new Set();
    let path = `tags/list?n=${TAGS_A_PAGE}`;
    while (path !== void 0) {
      if (seen.has(path)) throw new Error(`${registry}/${repository}: the registry's list of tags refers to itself`);
      seen.add(path);
      const answer = await this.#http.request(registry, repository, path, { method: "GET" });
      if (answer.status === 404) return absent(answer) ?? tags;
      this.#expect(answer, 200);
      tags.push(...tagsOf(answer));
      path = nextPage(answer, repository);
    }
    return tags;
  }
  /** A small blob (an image's config), checked against its digest. */
  async blob(ref, digest) {
    const request = { method: "GET", limit: LARGEST_BLOB };
    const answer = await this.#http.request(ref.registry, ref.repository, `blobs/${digest}`, request);
    this.#expect(answer, 200);
    const found = digestOf(answer.bytes);
    if (found !== digest) throw failure(answer, "DIGEST_MISMATCH", `the bytes that came are ${found}`);
    return answer.bytes;
  }
  /** Ends well when the registry answers and lets us in. */
  async ping(registry) {
    const answer = await this.#http.request(registry, "", "", { method: "GET" });
    this.#expect(answer, 200);
  }
  #expect(answer, ...statuses2) {
    if (!statuses2.includes(answer.status)) throw this.#http.error(answer);
  }
};
function selector(ref) {
  return ref.digest ?? ref.tag ?? "latest";
}
function absent(answer) {
  const speaks = answer.headers.has("docker-distribution-api-version") || isSpecError(answer.bytes.toString("utf8"));
  if (speaks) return void 0;
  throw failure(answer, "NOT_A_REGISTRY", "this server does not speak the registry API; check the registry's endpoint");
}
function failure(answer, code, message) {
  return new RegistryError(answer.method, answer.url, answer.status, code, message);
}
function tagsOf(answer) {
  try {
    const { tags } = JSON.parse(answer.bytes.toString("utf8"));
    if (tags === null) return [];
    if (Array.isArray(tags) && tags.every((tag) => typeof tag === "string")) return tags;
  } catch {
  }
  throw failure(answer, "BAD_ANSWER", "the list of tags cannot be read");
}
function nextPage(answer, repository) {
  const link = /<([^>]+)>\s*;[^,]*rel="?next"?/i.exec(answer.headers.get("link") ?? "")?.[1];
  if (link === void 0) return void 0;
  const { pathname, search } = new URL(link, answer.url);
  const prefix = `/v2/${repository}/`;
  if (pathname.startsWith(prefix)) return `${pathname.slice(prefix.length)}${search}`;
  throw failure(answer, "BAD_ANSWER", `the next page of tags is ${pathname}, outside of ${prefix}`);
}

// steps/build.ts
import { mkdir, readFile as readFile2 } from "node:fs/promises";
import { basename, dirname, join as join2 } from "node:path";

// steps/build-failure.ts
var LAST_LINES = 3;
var LONGEST2 = 400;
function buildFailure(platform, builder, { status, lines }) {
  const said = lines.filter((line) => line.trim() !== "");
  const error = (said.findLast((line) => /^error: /i.test(line)) ?? said.at(-1) ?? `buildctl ended with ${status}`).replace(/^error: /i, "").replace(/^failed to solve: /, "");
  if (/failed to list workers|connection error: desc =|error reading from server/.test(error)) {
    const remedy = "see whether its pod is ready, then run again";
    return new StepFailure(
      `${platform}: the builder ${builder} can't be used: ${cut(error)}; ${remedy}`,
      said.slice(-20)
    );
  }
  const { place, instruction, output } = quoted(lines);
  const parts = [place, instruction, ...output, error].filter((part) => part !== void 0);
  return new StepFailure(`${platform}: ${cut(parts.join(": "))}`, said.slice(-20));
}
function quoted(lines) {
  const end = lines.findLastIndex((line) => /^-{6}$/.test(line));
  const start = lines.slice(0, Math.max(end, 0)).findLastIndex((line) => /^-{6}$/.test(line));
  const place = lines.slice(Math.max(end, 0)).find((line) => /^\S+:\d+$/.test(line));
  if (start < 0) return { place, output: [] };
  const [head = "", ...body] = lines.slice(start + 1, end);
  const instruction = /^\s*>\s*\[[^\]]*\]\s*(.*?):?$/.exec(head)?.[1];
  const output = body.map((line) => line.replace(/^\d+\.\d+\s?/, "").trim()).filter((line) => line !== "");
  return { place, instruction, output: output.slice(-LAST_LINES) };
}
function cut(text2) {
  return text2.length > LONGEST2 ? `${text2.slice(0, LONGEST2)}…` : text2;
}

// steps/exec.ts
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
function run2(command, args, options = {}) {
  const { cwd, env, signal, patience = 5e3, onLine } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return resolve({ status: null, stdout: "", lines: [] });
    const child2 = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const stdout = [];
    const lines = [];
    const collect = (stream, sink) => createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) => {
      sink?.push(line);
      lines.push(line);
      onLine?.(line);
    });
    collect(child2.stdout, stdout);
    collect(child2.stderr);
    let killer;
    const stop = () => {
      child2.kill("SIGTERM");
      killer = setTimeout(() => child2.kill("SIGKILL"), patience);
    };
    signal?.addEventListener("abort", stop, { once: true });
    const settle = () => {
      clearTimeout(killer);
      signal?.removeEventListener("abort", stop);
    };
    child2.on("error", (error) => {
      settle();
      reject(new StepFailure(`${command} can't be started: ${error.message}; the step image must have it on its PATH`));
    });
    child2.on("close", (status) => {
      settle();
      resolve({ status, stdout: stdout.join("\n"), lines });
    });
  });
}

// steps/build.ts
var SERVER_NAME = "buildkitd";
async function buildAll(request, log) {
  await mkdir(request.work, { recursive: true });
  const stop = new AbortController();
  let first;
  const builds = request.platforms.map(async (platform) => {
    try {
      return [platform, await buildOne(request, platform, stop.signal, log)];
    } catch (error) {
      if (!stop.signal.aborted) first = error;
      stop.abort();
      throw error;
    }
  });
  const results = await Promise.allSettled(builds);
  if (stop.signal.aborted) throw first;
  return new Map(results.flatMap((result) => result.status === "fulfilled" ? [result.value] : []));
}
async function buildOne(request, platform, signal, log) {
  const start = Date.now();
  const say = (text2) => log(`[${platform}] ${text2}`);
  const metadata = join2(request.work, `build-${platform.replaceAll("/", "-")}.json`);
  const args = buildctlArgs(request, platform, metadata);
  const env = { ...request.env, HOME: request.work, NO_PROXY: "*", no_proxy: "*" };
  const result = await run2("buildctl", args, { env, signal, onLine: (line) => line.trim() && say(line) });
  if (signal.aborted) {
    say("cancelled: another platform failed");
    throw new StepFailure(`${platform}: cancelled`);
  }
  if (result.status !== 0) throw buildFailure(platform, request.builders[platform], result);
  const digest = JSON.parse(await readFile2(metadata, "utf8"))["containerimage.digest"];
  if (!isDigest(digest))
    throw new StepFailure(`${platform}: the builder reports ${JSON.stringify(digest)} as its digest`);
  say(`built ${digest} in ${seconds(start)}`);
  return digest;
}
function buildctlArgs(request, platform, metadataFile) {
  const { builders, tls, dockerfile, context, contexts, image, epoch, rewriteTimes } = request;
  const address = builders[platform];
  const secure = [
    "--tlscacert",
    join2(tls, "ca.crt"),
    "--tlscert",
    join2(tls, "tls.crt"),
    "--tlskey",
    join2(tls, "tls.key")
  ];
  const output = [
    "type=image",
    `name=${image}`,
    "push=true",
    "push-by-digest=true",
    "name-canonical=true",
    "oci-mediatypes=true"
  ];
  const options = {
    filename: basename(dockerfile),
    platform,
    "build-arg:SOURCE_DATE_EPOCH": String(epoch),
    ...contexts
  };
  return [
    "--addr",
    address,
    ...address.startsWith("tcp://") ? [...secure, "--tlsservername", SERVER_NAME] : [],
    "build",
    "--progress=plain",
    "--frontend=dockerfile.v0",
    `--local=context=${context}`,
    `--local=dockerfile=${dirname(dockerfile)}`,
    ...Object.entries(options).map(([name, value]) => `--opt=${name}=${value}`),
    `--output=${[...output, ...rewriteTimes ? ["rewrite-timestamp=true"] : []].join(",")}`,
    `--metadata-file=${metadataFile}`
  ];
}

// steps/contexts.ts
function contextOptions(pinned2, dockerfile) {
  const stages = stageNames(dockerfile);
  for (const name of pinned2.keys()) {
    if (!stages.has(name.toLowerCase())) continue;
    throw new StepFailure(
      `a stage of the Dockerfile has the name of its base, ${name}; give the stage another name, or write the base with its tag`
    );
  }
  return Object.fromEntries([...pinned2].map(([name, reference]) => [`context:${name}`, `docker-image://${reference}`]));
}
function stageNames(dockerfile) {
  const names = dockerfile.matchAll(/^[ \t]*FROM[ \t]+\S.*?[ \t]+AS[ \t]+(\S+)[ \t]*$/gim);
  return new Set([...names].map((match) => match[1].toLowerCase()));
}
function declaresEpoch(dockerfile) {
  const firstStage = dockerfile.search(/^[ \t]*FROM[ \t]/im);
  if (firstStage < 0) return false;
  return /^[ \t]*ARG[ \t]+(?:.*[ \t])?SOURCE_DATE_EPOCH(?:[=\s]|$)/im.test(dockerfile.slice(firstStage));
}

// steps/fetch.ts
import { mkdir as mkdir2, rm } from "node:fs/promises";
import { join as join3 } from "node:path";

// steps/git.ts
function withoutCredentials(url) {
  return url.replace(/^([a-z]+:\/\/)[^/@]*@/, "$1");
}
function makeGit(place) {
  const env = gitEnv(place);
  const hidden = [...place.settings.flat(), ...place.secrets ?? []].flatMap(secretsOf);
  const redact = (text2) => hidden.reduce((line, secret) => line.replaceAll(secret, "***"), text2).replace(/(\/\/)[^/@\s]+@/g, "$1***@");
  const git = async (...args) => {
    const signal = AbortSignal.timeout(place.timeout);
    const result = await run2("git", args, { cwd: place.workTree, env, signal });
    const lines = result.lines.map(redact);
    if (signal.aborted) lines.push(`fatal: git ${args[0]} took longer than ${place.timeout / 1e3} s`);
    return { ...result, lines };
  };
  return Object.assign(git, { redact });
}
function gitEnv({ gitDir, workTree, home, settings, env }) {
  const kept = Object.fromEntries(Object.entries(env).filter(([key]) => !/^GIT_(?!SSL_)/.test(key)));
  const all = [
    ["http.lowSpeedLimit", "1000"],
    ["http.lowSpeedTime", "30"],
    ["advice.detachedHead", "false"],
    ...settings
  ];
  return {
    ...kept,
    LC_ALL: "C",
    HOME: home,
    GIT_DIR: gitDir,
    GIT_WORK_TREE: workTree,
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "",
    SSH_ASKPASS: "",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    // A repository must not be able to name a local file or a program as its origin.
    GIT_ALLOW_PROTOCOL: "http:https:ssh",
    GIT_CONFIG_COUNT: String(all.length),
    ...Object.fromEntries(
      all.flatMap(([key, value], i) => [
        [`GIT_CONFIG_KEY_${i}`, key],
        [`GIT_CONFIG_VALUE_${i}`, value]
      ])
    )
  };
}
function secretsOf(text2) {
  const userinfo = [...text2.matchAll(/\/\/([^/@\s]+)@/g)].flatMap((match) => [
    match[1],
    ...match[1].split(":").slice(1)
  ]);
  const header = /^\s*(?:authorization|private-token)\s*:\s*(?:\w+\s+)?(\S+)\s*$/i.exec(text2);
  return [...userinfo, ...header ? [header[1]] : []].filter((secret) => secret.length > 3).sort((a, b) => b.length - a.length);
}

// images/nearest.ts
var SHOWN = 5;
function nearestTags(tags, wanted) {
  const ranked = tags.map((tag) => ({ tag, distance: editDistance(tag, wanted) })).sort((a, b) => a.distance - b.distance || (a.tag < b.tag ? -1 : 1)).map(({ tag }) => tag);
  const rest = ranked.length - SHOWN;
  const names = ranked.slice(0, SHOWN).join(", ");
  return `${ranked.length === 1 ? "tag" : "tags"} ${names}${rest > 0 ? ` and ${rest} more` : ""}`;
}
function editDistance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}

// steps/nearest.ts
function listNearest(wanted, names, count = 5) {
  if (names.length === 0) return "none";
  const ranked = names.map((name) => ({ name, distance: editDistance(wanted.toLowerCase(), name.toLowerCase()) }));
  ranked.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  const shown4 = ranked.slice(0, count).map(({ name }) => name);
  return `${shown4.join(", ")}${names.length > count ? ` and ${names.length - count} more` : ""}`;
}

// steps/fetch.ts
var Passing = class extends Error {
};
async function fetchSource(request, log) {
  const { work, repoUrl, branch, commit, gitSettings, env, timeout = 3e5 } = request;
  const folder = join3(work, "src");
  const gitDir = join3(work, "git");
  for (const path of [folder, gitDir]) {
    await rm(path, { recursive: true, force: true });
    await mkdir2(path, { recursive: true });
  }
  const git = makeGit({
    gitDir,
    workTree: folder,
    home: work,
    settings: gitSettings,
    secrets: [repoUrl],
    timeout,
    env
  });
  const what = commit ? `commit ${commit}` : `branch ${branch}`;
  log(`fetching ${what} of ${git.redact(repoUrl)}`);
  await expectSuccess(git("init", "-q", "--initial-branch=source"));
  const wanted = commit ?? `refs/heads/${branch}`;
  const fetch2 = async () => {
    const result = await git("fetch", "-q", "--depth=1", "--no-tags", "--no-recurse-submodules", "--", repoUrl, wanted);
    if (result.status !== 0 && passing(result)) throw new Passing(fatal(result));
    return result;
  };
  let fetched;
  try {
    fetched = await pRetry(fetch2, {
      retries: request.retries ?? 2,
      minTimeout: 1e3,
      shouldRetry: ({ error }) => error instanceof Passing,
      onFailedAttempt: ({ error, retriesLeft }) => {
        if (error instanceof Passing && retriesLeft > 0) log(`${error.message}; trying again`);
      }
    });
  } catch (error) {
    if (!(error instanceof Passing)) throw error;
    throw new StepFailure(`repository ${git.redact(repoUrl)} can't be reached: ${error.message}`);
  }
  if (fetched.status !== 0) throw await explain(git, request, fetched);
  await expectSuccess(git("checkout", "-q", "--detach", "FETCH_HEAD"));
  const [head = "", time = ""] = (await expectSuccess(git("show", "-s", "--format=%H %ct", "HEAD"))).stdout.split(" ");
  const files = (await expectSuccess(git("ls-files", "-z"))).stdout.split("\0").filter((name) => name !== "");
  log(`commit ${head} of ${new Date(1e3 * Number(time)).toISOString()}, ${files.length} files`);
  if (files.includes(".gitmodules")) log("warning: the repository has submodules; they are not fetched");
  return { folder, commit: head, time: Number(time), files };
}
async function explain(git, request, fetched) {
  const { branch, commit } = request;
  const repository = git.redact(request.repoUrl);
  const output = fetched.lines.join("\n");
  const said = fatal(fetched);
  if (/couldn't find remote ref|Remote branch .* not found/.test(output)) {
    const heads = await git("ls-remote", "--heads", "--", request.repoUrl);
    const names = heads.stdout.split("\n").flatMap((line) => line.split("	refs/heads/").slice(1));
    return new StepFailure(
      `branch ${branch} is not in ${repository}; branches that exist: ${listNearest(branch, names)}`
    );
  }
  if (commit && /not our ref|unadvertised object|no such remote ref|bad object|upload-pack: not our/i.test(output)) {
    return new StepFailure(
      `commit ${commit} is not in ${repository}; was it pushed, and has no forced push removed it?`
    );
  }
  if (/could not read Username|could not read Password|Authentication failed|returned error: 40[13]/.test(output)) {
    return new StepFailure(
      `repository ${repository} is not there, or needs credentials (${said}); check repo-url, or give the stack access by its git settings`
    );
  }
  if (/repository .* not found|does not appear to be a git repository|returned error: 404/i.test(output)) {
    return new StepFailure(`repository ${repository} is not found (${said}); check repo-url`);
  }
  return new StepFailure(`repository ${repository} can't be fetched: ${said}`, fetched.lines);
}
function passing({ lines }) {
  return /Could not resolve host|Failed to connect|Connection (?:refused|reset|timed out)|returned error: (?:5\d\d|429)|early EOF|hung up|RPC failed/i.test(
    lines.join("\n")
  );
}
function fatal({ lines, status }) {
  const line = lines.find((text2) => text2.startsWith("fatal:")) ?? lines.find((text2) => /^(?:remote|error):/.test(text2));
  return (line ?? lines.at(-1) ?? `git ended with ${status}`).replace(/^(?:fatal|error|remote): /, "");
}
async function expectSuccess(call) {
  const result = await call;
  if (result.status === 0) return result;
  throw new StepFailure(`git failed: ${fatal(result)}`, result.lines);
}

// steps/handover.ts
import { readFile as readFile3, writeFile as writeFile2 } from "node:fs/promises";
import { join as join4 } from "node:path";
var FILE = "handover.json";
async function leave(work, handover) {
  await writeFile2(join4(work, FILE), JSON.stringify(handover));
}
async function takeOver(work) {
  try {
    return JSON.parse(await readFile3(join4(work, FILE), "utf8"));
  } catch {
    throw new StepFailure(
      `${join4(work, FILE)} is not there; the step fetch-preflight must run before, in the same pod`
    );
  }
}

// images/bases.ts
var LATEST = "latest";
function mapBases(uses, sources) {
  const mapped = /* @__PURE__ */ new Map();
  for (const use of uses) {
    const context = contextName(parseReference(use.reference));
    const known = mapped.get(context);
    if (!known) mapped.set(context, mapBase(use, context, sources));
    else if (known.platforms && use.platform) known.platforms = [.../* @__PURE__ */ new Set([...known.platforms, use.platform])];
    else delete known.platforms;
  }
  return [...mapped.values()];
}
function contextName(reference) {
  const { registry, repository, tag, digest } = reference;
  const path = registry === DOCKER_HUB ? repository.replace(/^library\/(?=[^/]+$)/, "") : `${registry}/${repository}`;
  const named = tag === void 0 || tag === LATEST && digest === void 0 ? path : `${path}:${tag}`;
  return digest === void 0 ? named : `${named}@${digest}`;
}
function mapBase(use, context, sources) {
  const reference = parseReference(use.reference);
  const inRegistry = reference.registry === sources.registry || sources.aliases.includes(reference.registry);
  const ofStack = sources.bases.filter((base2) => base2.repository === reference.repository);
  const ours = inRegistry || reference.registry === DOCKER_HUB && ofStack.length > 0;
  const common = {
    written: use.reference,
    context,
    ours,
    line: use.line,
    instruction: use.instruction,
    ...use.platform && { platforms: [use.platform] }
  };
  const base = ofStack.find((entry) => entry.tag === (reference.tag ?? LATEST));
  if (ours && base && !reference.digest) return { ...common, reference: pinned(base) };
  return { ...common, reference: ours ? { ...reference, registry: sources.registry } : reference };
}
function pinned(base) {
  const reference = parseReference(base.reference);
  if (reference.digest) return reference;
  throw new Error(
    `base ${base.repository}:${base.tag} maps to ${base.reference}, which has no digest; a stack's bases are pinned`
  );
}

// images/dockerfile-stages.ts
var import_dockerfile_ast = __toESM(require_main(), 1);

// images/expand.ts
function expandWord(word, variables, escapeChar, unset) {
  const reader = new Reader(word, variables, escapeChar, unset ?? /* @__PURE__ */ new Set());
  return reader.text(() => false);
}
var Reader = class _Reader {
  #word;
  #variables;
  #escapeChar;
  #unset;
  #at = 0;
  constructor(word, variables, escapeChar, unset) {
    this.#word = word;
    this.#variables = variables;
    this.#escapeChar = escapeChar;
    this.#unset = unset;
  }
  text(ends) {
    let out = "";
    while (this.#at < this.#word.length && !ends(this.#word[this.#at])) {
      const char = this.#word[this.#at];
      if (char === "'") out += this.#single();
      else if (char === '"') out += this.#double();
      else if (char === "$") out += this.#variable();
      else if (char === this.#escapeChar) {
        out += this.#word[this.#at + 1] ?? "";
        this.#at += 2;
      } else {
        out += char;
        this.#at += 1;
      }
    }
    return out;
  }
  #single() {
    const end = this.#word.indexOf("'", this.#at + 1);
    if (end < 0) throw new Error(`${this.#word} has a ' that is not closed`);
    const text2 = this.#word.slice(this.#at + 1, end);
    this.#at = end + 1;
    return text2;
  }
  #double() {
    this.#at += 1;
    let out = "";
    for (; ; ) {
      const char = this.#word[this.#at];
      if (char === void 0) throw new Error(`${this.#word} has a " that is not closed`);
      if (char === '"') break;
      if (char === "$") out += this.#variable();
      else if (char === this.#escapeChar) {
        const next = this.#word[this.#at + 1] ?? "";
        out += next === '"' || next === "$" || next === this.#escapeChar ? next : char + next;
        this.#at += 2;
      } else {
        out += char;
        this.#at += 1;
      }
    }
    this.#at += 1;
    return out;
  }
  #variable() {
    const rest = this.#word.slice(this.#at + 1);
    const plain = /^[A-Za-z_][A-Za-z0-9_]*/.exec(rest)?.[0];
    if (plain) {
      this.#at += 1 + plain.length;
      return this.#value(plain);
    }
    if (!rest.startsWith("{")) {
      this.#at += 1;
      return "$";
    }
    const name = /^\{([A-Za-z_][A-Za-z0-9_]*)/.exec(rest)?.[1];
    if (!name) throw new Error(`${this.#word} has a \${…} without a variable's name`);
    this.#at += 2 + name.length;
    const operator = /^(?::?[-+?])?/.exec(this.#word.slice(this.#at))[0];
    this.#at += operator.length;
    if (operator === "" && this.#word[this.#at] !== "}") {
      throw new Error(`${this.#word}: of \${${name}…} only the forms :- - :+ + :? ? are read here`);
    }
    const inner = /* @__PURE__ */ new Set();
    const word = this.#inner(inner);
    return this.#apply(name, operator, word, inner);
  }
  // The word after an operator; what it lacks counts only where it is used.
  #inner(unset) {
    const reader = new _Reader(this.#word, this.#variables, this.#escapeChar, unset);
    reader.#at = this.#at;
    const word = reader.text((char) => char === "}");
    if (this.#word[reader.#at] !== "}") throw new Error(`${this.#word} has a \${ that is not closed`);
    this.#at = reader.#at + 1;
    return word;
  }
  #apply(name, operator, word, inner) {
    const value = this.#variables(name);
    const there = operator.startsWith(":") ? value !== void 0 && value !== "" : value !== void 0;
    const useWord = () => {
      for (const missing of inner) this.#unset.add(missing);
      return word;
    };
    if (operator.endsWith("-")) return there ? value : useWord();
    if (operator.endsWith("+")) return there ? useWord() : "";
    if (operator.endsWith("?") && !there) throw new Error(`${name} is not set${word ? `: ${word}` : ""}`);
    return this.#value(name);
  }
  #value(name) {
    const value = this.#variables(name);
    if (value === void 0) this.#unset.add(name);
    return value ?? "";
  }
};

// images/dockerfile-stages.ts
var EMPTY_IMAGE = "scratch";
function readStages(text2, options) {
  const file = import_dockerfile_ast.DockerfileParser.parse(text2);
  const escapeChar = file.getEscapeCharacter();
  const args = new Map(platformArgs(options.platformArgs ?? "linux/amd64"));
  const stages = [];
  for (const instruction of file.getInstructions()) {
    const keyword = instruction.getKeyword();
    if (keyword === "FROM") stages.push(readFrom(instruction, args, escapeChar, stages));
    else if (stages.length > 0) stages.at(-1).instructions.push(instruction);
    else if (keyword === "ARG") readArg(instruction, args, escapeChar, options.buildArgs ?? {});
    else throw fault2(instruction, `${keyword} stands before the first FROM; only ARG may`);
  }
  if (stages.length === 0) throw new Error("Dockerfile: it has no FROM");
  return stages;
}
function readArg(arg, args, escapeChar, buildArgs) {
  for (const word of argWords(arg)) {
    const equals = word.indexOf("=");
    const name = equals < 0 ? word : word.slice(0, equals);
    const written = equals < 0 ? void 0 : expanded(arg, word.slice(equals + 1), args, escapeChar).text;
    args.set(name, Object.hasOwn(buildArgs, name) ? buildArgs[name] : written ?? args.get(name));
  }
}
function readFrom(from, args, escapeChar, before) {
  const words = from.getArguments().map((argument) => argument.getValue());
  const [image, as, name] = words;
  if (image === void 0 || words.length !== 1 && (words.length !== 3 || as.toLowerCase() !== "as")) {
    throw fault2(from, `FROM ${words.join(" ")}: expected FROM [--platform=…] image [AS name]`.replace(/ +:/, ":"));
  }
  const { text: reference, unset } = expanded(from, image, args, escapeChar);
  if (reference === "" || unset.length > 0) {
    const which = unset.length > 0 ? `${unset.join(" and ")} ${unset.length > 1 ? "have" : "has"} no value` : "it is empty";
    const remedy = "give the ARG before the first FROM a default, or pass it as a build argument";
    throw fault2(from, `FROM ${image}: ${which}; ${remedy}`);
  }
  const flag = flagsOf(from).find(({ key }) => key === "platform");
  const platform = flag?.value ? platformFlag(from, flag.value, args, escapeChar) : void 0;
  const use = { reference, line: lineOf(from), instruction: "FROM", ...platform && { platform } };
  const parent = before.findLast((stage) => stage.name === reference.toLowerCase());
  if (!parent && reference !== EMPTY_IMAGE) checked(use);
  return { name: name?.toLowerCase(), from: use, parent, instructions: [] };
}
function platformFlag(from, value, args, escapeChar) {
  const { text: text2 } = expanded(from, value, args, escapeChar);
  try {
    return parsePlatform(text2);
  } catch (error) {
    throw fault2(from, `--platform=${value}: ${error.message}`);
  }
}
function platformArgs(platform) {
  const [os, architecture, variant] = parsePlatform(platform).split("/");
  return ["TARGET", "BUILD"].flatMap((side) => [
    [`${side}PLATFORM`, platform],
    [`${side}OS`, os],
    [`${side}ARCH`, architecture],
    [`${side}VARIANT`, variant ?? ""]
  ]);
}
function expanded(instruction, word, args, escapeChar) {
  const unset = /* @__PURE__ */ new Set();
  try {
    return { text: expandWord(word, (name) => args.get(name), escapeChar, unset), unset: [...unset] };
  } catch (error) {
    throw fault2(instruction, `${instruction.getKeyword()} ${word}: ${error.message}`);
  }
}
function checked(use) {
  try {
    parseReference(use.reference);
    return use;
  } catch (error) {
    throw faultAt(use.line, `${use.instruction}: ${error.message}`);
  }
}
function argWords(arg) {
  return arg.getPropertyArguments().map((argument) => argument.getValue());
}
function flagsOf(instruction) {
  const flags = instruction.getFlags?.() ?? [];
  return flags.map((flag) => ({ key: flag.getName().toLowerCase(), value: flag.getValue(), flag }));
}
function lineOf(instruction) {
  return instruction.getRange().start.line + 1;
}
function fault2(instruction, what) {
  return faultAt(lineOf(instruction), what);
}
function faultAt(line, what) {
  return new Error(`Dockerfile line ${line}: ${what}`);
}

// images/dockerfile-warnings.ts
var import_dockerfile_ast2 = __toESM(require_main(), 1);
function dockerfileWarnings(text2) {
  const file = import_dockerfile_ast2.DockerfileParser.parse(text2);
  const warnings = [];
  const syntax = file.getDirectives().find((directive) => directive.getName().toLowerCase() === "syntax");
  if (syntax) {
    const message = `# syntax=${syntax.getValue()} makes BuildKit fetch a parser of its own as an image; without that line it uses the one it has`;
    warnings.push({ line: syntax.getRange().start.line + 1, message });
  }
  for (const instruction of file.getInstructions()) {
    if (instruction.getKeyword() !== "ARG") continue;
    const words = argWords(instruction);
    const hash = words.findIndex((word) => word.startsWith("#"));
    if (hash < 0) continue;
    const extra = words.slice(hash);
    const count = extra.length === 1 ? "one more argument" : `${extra.length} more arguments`;
    const message = `ARG has no comments at the end of a line: "${extra.join(" ")}" is read as ${count}; put the comment on a line of its own above`;
    warnings.push({ line: lineOf(instruction), message });
  }
  return warnings;
}

// images/dockerfile.ts
function findBases(text2, options = {}) {
  const stages = readStages(text2, options);
  const uses = /* @__PURE__ */ new Map();
  const queue = [targetOf(stages, options.target)];
  for (let stage = queue.pop(); stage; stage = queue.pop()) {
    if (uses.has(stage)) continue;
    const own = [];
    uses.set(stage, own);
    if (stage.parent) queue.push(stage.parent);
    else if (stage.from.reference !== EMPTY_IMAGE) own.push(stage.from);
    for (const use of stage.instructions.flatMap(copiesFrom)) {
      const source = stageNamed(use, stage, stages);
      if (source) queue.push(source);
      else if (use.reference !== EMPTY_IMAGE) own.push(checked(use));
    }
  }
  return stages.flatMap((stage) => uses.get(stage) ?? []);
}
function copiesFrom(instruction) {
  const keyword = instruction.getKeyword();
  const flags = flagsOf(instruction);
  if (keyword === "COPY") {
    const names = flags.filter(({ key }) => key === "from").map(({ value }) => value ?? "");
    return names.map((name) => sourceOf(instruction, keyword, name, "COPY --from="));
  }
  if (keyword !== "RUN") return [];
  const mounts = flags.filter(({ key }) => key === "mount").map(({ flag }) => flag.getOption("from"));
  return mounts.flatMap(
    (from) => from ? [sourceOf(instruction, keyword, from.getValue() ?? "", "RUN --mount=…,from=")] : []
  );
}
function sourceOf(instruction, keyword, written, flag) {
  const name = written.replace(/^(["'])(.*)\1$/, "$2");
  if (name === "") throw fault2(instruction, `${flag} names nothing; expected a stage or an image`);
  if (name.includes("$")) {
    throw fault2(
      instruction,
      `${flag}${name}: no variables there; write FROM ${name} AS some-name and take it from some-name`
    );
  }
  return { reference: name, line: lineOf(instruction), instruction: keyword };
}
function stageNamed(use, user, stages) {
  const { reference: name } = use;
  const number = /^[0-9]+$/.test(name) ? Number(name) : void 0;
  const found = number === void 0 ? stages.findLast((stage) => stage.name === name.toLowerCase()) : stages[number];
  if (number !== void 0 && !found) {
    throw faultAt(use.line, `${use.instruction} takes from stage ${name}; there are stages 0 to ${stages.length - 1}`);
  }
  if (found === user) throw faultAt(use.line, `${use.instruction} takes from its own stage, ${name}`);
  return found;
}
function targetOf(stages, target) {
  if (target === void 0) return stages.at(-1);
  const number = /^[0-9]+$/.test(target) ? Number(target) : -1;
  const found = stages.findLast((stage) => stage.name === target.toLowerCase()) ?? stages[number];
  if (found) return found;
  const names = stages.map((stage, i) => stage.name ?? String(i)).join(", ");
  throw new Error(`Dockerfile: it has no stage ${target}; its stages are ${names}`);
}

// node_modules/p-map/index.js
function pMap(iterable, mapper, options) {
  return mapConcurrently(iterable, mapper, options, false);
}
async function mapConcurrently(iterable, mapper, {
  concurrency = Number.POSITIVE_INFINITY,
  stopOnError = true,
  signal
} = {}, isSettled) {
  return new Promise((resolve_, reject_) => {
    validateOptions(iterable, mapper, concurrency);
    const result = [];
    const errors = [];
    let skippedCount = 0;
    let isResolved = false;
    let isIterableDone = false;
    const pendingIndexes = /* @__PURE__ */ new Set();
    let doneIndex = Number.POSITIVE_INFINITY;
    let currentIndex = 0;
    const iterator = getIterator(iterable);
    const signalListener = () => {
      reject(signal.reason);
    };
    const cleanup = () => {
      signal?.removeEventListener("abort", signalListener);
    };
    const resolve = (value) => {
      resolve_(value);
      cleanup();
    };
    const reject = (reason) => {
      if (isResolved) {
        return;
      }
      isResolved = true;
      reject_(reason);
      cleanup();
      if (!isIterableDone) {
        closeIterator(iterator);
      }
    };
    if (signal) {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      signal.addEventListener("abort", signalListener, { once: true });
    }
    const pull = createPuller(iterator);
    const settleIfFinished = () => {
      if (isResolved || doneIndex === Number.POSITIVE_INFINITY) {
        return;
      }
      for (const index of pendingIndexes) {
        if (index < doneIndex) {
          return;
        }
      }
      if (!stopOnError) {
        const collectedErrors = [];
        for (let index = 0; index < Math.min(doneIndex, errors.length); index++) {
          if (index in errors) {
            collectedErrors.push(errors[index]);
          }
        }
        if (collectedErrors.length > 0) {
          reject(new AggregateError(collectedErrors));
          return;
        }
      }
      isResolved = true;
      if (!isIterableDone) {
        closeIterator(iterator);
      }
      const lastIndex = Math.min(doneIndex, result.length);
      if (lastIndex === result.length && skippedCount === 0) {
        resolve(result);
        return;
      }
      resolve(result.slice(0, lastIndex).filter((value) => value !== pMapSkip));
    };
    const next = async () => {
      if (isResolved || currentIndex >= doneIndex) {
        return;
      }
      const index = currentIndex++;
      pendingIndexes.add(index);
      let nextItem;
      try {
        nextItem = await pull();
      } catch (error) {
        pendingIndexes.delete(index);
        if (index < doneIndex) {
          throw error;
        }
        settleIfFinished();
        return;
      }
      if (nextItem.done) {
        pendingIndexes.delete(index);
        doneIndex = Math.min(doneIndex, index);
        isIterableDone = true;
        settleIfFinished();
        return;
      }
      const runner = (async () => {
        try {
          const element = await nextItem.value;
          if (isResolved || index >= doneIndex) {
            return;
          }
          const value = await mapper(element, index);
          if (index >= doneIndex) {
            return;
          }
          if (value === pMapStop) {
            doneIndex = index;
            return;
          }
          if (value === pMapSkip) {
            skippedCount++;
          }
          result[index] = isSettled && value !== pMapSkip ? { status: "fulfilled", value } : value;
        } catch (error) {
          if (index >= doneIndex) {
            return;
          }
          if (isSettled) {
            result[index] = { status: "rejected", reason: error };
          } else if (stopOnError) {
            reject(error);
            return;
          } else {
            errors[index] = error;
          }
        } finally {
          pendingIndexes.delete(index);
          settleIfFinished();
        }
        try {
          await next();
        } catch (error) {
          reject(error);
        }
      })();
      runner.then(() => new Promise(() => {
      })).then(resolve_);
    };
    (async () => {
      for (let index = 0; index < concurrency; index++) {
        try {
          await next();
        } catch (error) {
          reject(error);
          break;
        }
        if (isResolved || currentIndex >= doneIndex) {
          break;
        }
      }
    })();
  });
}
var pMapSkip = /* @__PURE__ */ Symbol("skip");
var pMapStop = /* @__PURE__ */ Symbol("stop");
function validateOptions(iterable, mapper, concurrency) {
  if (iterable?.[Symbol.iterator] === void 0 && iterable?.[Symbol.asyncIterator] === void 0) {
    throw new TypeError(`Expected \`input\` to be either an \`Iterable\` or \`AsyncIterable\`, got (${typeof iterable})`);
  }
  if (typeof mapper !== "function") {
    throw new TypeError("Mapper function is required");
  }
  if (!isLimit(concurrency, 1)) {
    throw new TypeError(`Expected \`concurrency\` to be an integer from 1 and up or \`Infinity\`, got \`${concurrency}\` (${typeof concurrency})`);
  }
}
function isLimit(value, minimum) {
  return Number.isSafeInteger(value) && value >= minimum || value === Number.POSITIVE_INFINITY;
}
function getIterator(iterable) {
  return iterable[Symbol.asyncIterator] === void 0 ? iterable[Symbol.iterator]() : iterable[Symbol.asyncIterator]();
}
async function closeIterator(iterator) {
  try {
    await iterator.return?.();
  } catch {
  }
}
function createPuller(iterator) {
  let isSourceDone = false;
  const markDone = (item) => {
    if (item?.done) {
      isSourceDone = true;
    }
  };
  return () => {
    if (isSourceDone) {
      return { done: true };
    }
    const result = iterator.next();
    markDone(result);
    if (typeof result?.then !== "function") {
      return result;
    }
    const promise = Promise.resolve(result);
    promise.then(markDone, () => {
    });
    return promise;
  };
}

// images/inspect.ts
async function inspectImage(client, ref) {
  const found = await client.manifest(ref);
  if (!found) return void 0;
  const { digest, mediaType, manifest } = found;
  const platforms = await platformDigests(client, ref, found);
  return { digest, mediaType, kind: manifest.kind, platforms, annotations: manifest.annotations };
}
async function lostPlatforms(client, ref, image, platforms) {
  if (image.kind === "image") return [];
  const there = await Promise.all(
    platforms.map(async (platform) => {
      const digest = image.platforms.get(platform);
      return digest === void 0 || await client.head({ registry: ref.registry, repository: ref.repository, digest });
    })
  );
  return platforms.filter((_, i) => !there[i]);
}
function brief(digest) {
  return `sha256:${shortDigest(digest)}…`;
}
async function platformDigests(client, ref, found) {
  const { manifest, digest } = found;
  if (manifest.kind === "index") {
    return new Map([...platformsOf(manifest)].map(([platform, child2]) => [platform, child2.digest]));
  }
  try {
    const config = JSON.parse((await client.blob(ref, manifest.config.digest)).toString("utf8"));
    if (!config.os || !config.architecture) return /* @__PURE__ */ new Map();
    const { os, architecture, variant } = config;
    return /* @__PURE__ */ new Map([[platformOf({ os, architecture, ...variant && { variant } }), digest]]);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RegistryError && error.status === 404) return /* @__PURE__ */ new Map();
    throw error;
  }
}

// images/preflight.ts
var PreflightError = class extends Error {
  name = "PreflightError";
  lines;
  constructor(lines) {
    super(lines.join("\n"));
    this.lines = lines;
  }
};
var PARALLEL = 8;
async function preflight(client, mapped, platforms, remedy) {
  const results = await pMap(mapped, (base) => lookUp(client, base, base.platforms ?? platforms, remedy), {
    concurrency: PARALLEL
  });
  const faults = results.flatMap((result) => "fault" in result ? [result.fault] : []);
  if (faults.length > 0) throw new PreflightError(faults);
  return new Map(results.flatMap((result, i) => "pinned" in result ? [[mapped[i].context, result.pinned]] : []));
}
async function lookUp(client, base, platforms, remedy) {
  const { reference } = base;
  const say = (what, mend = mending(base, remedy)) => ({ fault: `base ${shown3(base)} ${what}. ${mend}` });
  try {
    const image = await inspectImage(client, reference);
    if (!image) return say(await absence(client, reference, platforms));
    const missing = platforms.filter((platform) => !image.platforms.has(platform));
    if (missing.length > 0) {
      const what = reference.digest ? `has ${offered(image)}` : `is ${described(image)}`;
      return say(`in ${reference.registry} ${what}; needed ${listPlatforms(platforms)}`);
    }
    const lost2 = await lostPlatforms(client, reference, image, platforms);
    if (lost2.length > 0) {
      return say(
        `is damaged: ${reference.registry} has its index, and no longer its manifest for ${listPlatforms(lost2)}`
      );
    }
    return { pinned: formatReference({ ...reference, digest: image.digest }) };
  } catch (error) {
    return say(`could not be looked up: ${error.message}`, "Run the build again once it answers");
  }
}
async function absence(client, reference, platforms) {
  const { registry, repository, tag, digest } = reference;
  const needed = `needed ${listPlatforms(platforms)}`;
  if (digest && tag) {
    const now = await inspectImage(client, { registry, repository, tag });
    if (now) return `is not in ${registry}: tag ${tag} there is ${described(now)}; ${needed}`;
  }
  const tags = await client.tags(registry, repository);
  const missing = digest && !tag ? brief(digest) : `tag ${tag ?? "latest"}`;
  if (tags.length === 0) return `is not in ${registry}: there is no image of ${repository} at all; ${needed}`;
  return `is not in ${registry}: ${repository} has no ${missing}, but ${nearestTags(tags, tag ?? "latest")}; ${needed}`;
}
function described(image) {
  return `${brief(image.digest)} with ${offered(image)}`;
}
function offered(image) {
  const platforms = [...image.platforms.keys()];
  if (platforms.length === 0) return "no platform at all";
  return `${listPlatforms(platforms)}${platforms.length === 1 ? " only" : ""}`;
}
function shown3(base) {
  const { repository, tag, digest } = base.reference;
  const name = base.ours ? `${repository}${tag === void 0 ? "" : `:${tag}`}` : base.context.replace(/@.*$/, "");
  const notes = [
    ...base.ours && !base.written.replace(/@.*$/, "").endsWith(name) ? [`written ${base.written}`] : [],
    ...digest ? [`pinned ${brief(digest)}`] : []
  ];
  return notes.length > 0 ? `${name} (${notes.join(", ")})` : name;
}
function mending(base, remedy) {
  return base.ours ? `Run: ${remedy}` : `Correct line ${base.line} of the Dockerfile`;
}

// steps/preflight.ts
async function preflightBases(client, request, log) {
  const { dockerfile, platforms, remedy } = request;
  for (const { line, message } of dockerfileWarnings(dockerfile)) log(`warning: Dockerfile line ${line}: ${message}`);
  const mapped = mapBases(basesOf(dockerfile, platforms), request);
  for (const { written, reference, line } of mapped) {
    log(`Dockerfile line ${line}: ${written} → ${formatReference(reference)}`);
  }
  const pinned2 = await preflight(client, mapped, platforms, remedy).catch(asFailure);
  for (const { context, reference } of mapped) {
    if (!reference.digest) log(`${formatReference(reference)} is now ${pinned2.get(context)}`);
  }
  log(`${mapped.length} bases are there for ${platforms.join(" and ")}`);
  return contextOptions(pinned2, dockerfile);
}
function basesOf(dockerfile, platforms) {
  return platforms.flatMap(
    (platform) => findBases(dockerfile, { platformArgs: platform }).map((use) => ({ ...use, platform: use.platform ?? platform }))
  );
}
function asFailure(error) {
  throw error instanceof PreflightError ? new StepFailure(error.lines.join(" | "), [...error.lines]) : error;
}

// images/verify.ts
async function verifyIndex(client, ref, platforms) {
  const name = formatReference(ref);
  const needed = `needed: an index with ${listPlatforms(platforms)}`;
  const image = await inspectImage(client, ref);
  if (!image) throw new Error(`${name} is not there; ${needed}. Push it again`);
  const there = listPlatforms([...image.platforms.keys()]);
  if (image.kind === "image") {
    throw new Error(
      `${name} is a single image (${brief(image.digest)}, ${there}); ${needed}. Build it for all of them at once`
    );
  }
  const missing = platforms.filter((platform) => !image.platforms.has(platform));
  if (missing.length > 0) {
    throw new Error(
      `${name} (${brief(image.digest)}) has ${there}; it lacks ${listPlatforms(missing)}. Build it for all platforms at once`
    );
  }
  const lost2 = await lostPlatforms(client, ref, image, platforms);
  if (lost2.length > 0) {
    throw new Error(
      `${name} (${brief(image.digest)}) names a manifest for ${listPlatforms(lost2)} that the registry does not have. Push it again`
    );
  }
  return {
    digest: image.digest,
    platforms: Object.fromEntries(platforms.map((platform) => [platform, image.platforms.get(platform)]))
  };
}

// steps/publish.ts
async function publish(client, request, log) {
  const { registry, repository, imageTag, repoUrl, commit, digests } = request;
  const children = await Promise.all(
    [...digests].map(([platform, digest2]) => childOf(client, request, platform, digest2))
  );
  const annotations = { [REVISION]: commit, [SOURCE]: withoutCredentials(repoUrl) };
  const { bytes, digest, mediaType } = makeIndex(children, annotations);
  const fixed = { registry, repository, tag: immutableTag(commit, digest) };
  await client.put(fixed, bytes, mediaType);
  await verifyIndex(client, { ...fixed, digest }, [...digests.keys()]);
  const reference = formatReference({ ...fixed, digest });
  log(`published ${reference}`);
  const moving = { registry, repository, tag: imageTag };
  const before = await client.head(moving);
  if (before !== digest) await client.put(moving, bytes, mediaType);
  const change = before === digest ? "has this digest already" : `${before ? shortDigest(before) : "new"} → ${shortDigest(digest)}`;
  log(`${formatReference(moving)}: ${change}`);
  return { digest, reference };
}
async function childOf(client, { registry, repository }, platform, digest) {
  const ref = { registry, repository, digest };
  const found = await client.manifest(ref);
  if (found?.manifest.kind !== "image") {
    const what = found ? "an index, expected an image" : "not in the registry, though its build has ended well";
    throw new StepFailure(
      `${platform}: ${formatReference(ref)} is ${what}; check that the builder pushes to this registry`
    );
  }
  const config = JSON.parse((await client.blob(ref, found.manifest.config.digest)).toString("utf8"));
  const built = platformOf(config);
  if (built !== platform) {
    throw new StepFailure(
      `${platform}: the builder has built ${formatReference(ref)} for ${built}; check SLIPWAY_BUILDERS`
    );
  }
  const { os, architecture, variant } = config;
  return {
    mediaType: found.mediaType,
    digest,
    size: found.bytes.length,
    platform: { os, architecture, ...variant && { variant } }
  };
}

// steps/watch.ts
import { setTimeout as sleep2 } from "node:timers/promises";

// steps/health.ts
var FAMILIES = {
  ErrImagePull: "image",
  ImagePullBackOff: "image",
  InvalidImageName: "image",
  ErrImageNeverPull: "image",
  ImageInspectError: "image",
  CreateContainerConfigError: "config",
  CreateContainerError: "config",
  RunContainerError: "config",
  CrashLoopBackOff: "crash"
};
var LONGEST_TEXT = 300;
function isHealthy({ metadata, spec, status = {} }) {
  const wanted = spec.replicas ?? 1;
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = status;
  return isObserved({ metadata, status }) && [updatedReplicas, replicas, availableReplicas].every((n) => n === wanted);
}
function progressOf({ spec, status = {} }) {
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = status;
  const older = Math.max(replicas - updatedReplicas, 0);
  const rest = older > 0 ? `, ${older} of an older image` : "";
  return `${updatedReplicas} of ${spec.replicas ?? 1} replicas updated, ${availableReplicas} available${rest}`;
}
function podsOf(pods, container, image) {
  return pods.filter(
    ({ metadata, spec }) => !metadata.deletionTimestamp && spec.containers.some((entry) => entry.name === container && entry.image === image)
  );
}
function troublesOf(deployment, pods) {
  const conditions = isObserved(deployment) ? deployment.status?.conditions ?? [] : [];
  const own = conditions.flatMap(({ type, status, reason, message = "" }) => {
    if (type === "ReplicaFailure" && status === "True")
      return [{ key: type, text: cut2(`no pod could be made: ${message}`) }];
    if (reason === "ProgressDeadlineExceeded")
      return [{ key: reason, text: cut2(`no progress within the Deployment's own deadline`) }];
    return [];
  });
  const ofPods = pods.flatMap(
    (pod) => statuses(pod).flatMap((container) => {
      const family = FAMILIES[container.state?.waiting?.reason ?? ""];
      if (!family) return [];
      return [{ key: `${pod.metadata.name}/${container.name}/${family}`, text: describe(pod, container) }];
    })
  );
  return [...ofPods, ...own];
}
function isOver(key, pods) {
  const [podName, containerName] = key.split("/");
  if (containerName === void 0) return false;
  const pod = pods.find(({ metadata }) => metadata.name === podName);
  return !pod || statuses(pod).some(({ name, ready }) => name === containerName && ready);
}
function whyNotReady(pods) {
  if (pods.length === 0) return { text: "no pod of the new image was made" };
  const pod = pods.find(
    ({ status }) => !status?.conditions?.some(({ type, status: status2 }) => type === "Ready" && status2 === "True")
  );
  if (!pod) return { text: "its pods are ready, and not yet available or still beside older ones" };
  const name = pod.metadata.name;
  const unscheduled = pod.status?.conditions?.find(({ type, status }) => type === "PodScheduled" && status === "False");
  if (unscheduled)
    return { text: cut2(`pod ${name} has no node: ${unscheduled.message ?? unscheduled.reason}`), pod: name };
  const container = statuses(pod).find(({ ready, state }) => !ready && state?.terminated?.exitCode !== 0);
  return { text: container ? describe(pod, container) : `pod ${name} is ${pod.status?.phase ?? "new"}`, pod: name };
}
function isObserved({ metadata, status = {} }) {
  return (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}
function statuses({ status = {} }) {
  return [...status.initContainerStatuses ?? [], ...status.containerStatuses ?? []];
}
function describe(pod, { name, state = {}, lastState = {}, restartCount = 0 }) {
  const end = state.terminated ?? lastState.terminated;
  const now = state.waiting?.reason ?? (state.running ? "running, not ready" : state.terminated?.reason ?? "not started");
  const ended = end && `exit code ${end.exitCode}${restartCount > 0 ? ` after ${restartCount} restarts` : ""}`;
  const said = end?.message ? lastLines(end.message) : ended ? void 0 : state.waiting?.message;
  return cut2([`pod ${pod.metadata.name}, container ${name}: ${now}`, ended, said].filter(Boolean).join(": "));
}
function lastLines(text2) {
  return text2.trim().split("\n").slice(-2).join(" ");
}
function cut2(text2) {
  const line = oneLine(text2);
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line;
}

// steps/workload.ts
var FIELD_MANAGER = "slipway-rollout";
var TRIES2 = 3;
function pathOf({ namespace, deployment }) {
  return `/apis/apps/v1/namespaces/${namespace}/deployments/${deployment}`;
}
function containerOf(deployment) {
  const containers = deployment.spec.template.spec.containers;
  const index = Math.max(
    containers.findIndex(({ name }) => name === deployment.metadata.name),
    0
  );
  return { index, ...containers[index] };
}
function selectorOf({ spec: { selector: selector2 } }) {
  const labels = Object.entries(selector2.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (selector2.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return `${key} ${operator === "In" ? "in" : "notin"} (${values.join(",")})`;
  });
  return [...labels, ...expressions].join(",");
}
async function replaceImage(kube, workload, image, log, expected) {
  const path = pathOf(workload);
  let wanted = expected;
  for (let attempt2 = 1; ; attempt2++) {
    const found = await allowed(kube.get(path), workload);
    if (!found) return { state: "no workload" };
    const { index, name: container, image: current } = containerOf(found);
    if (current === image) return { state: wanted ? "replaced" : "same", before: wanted ?? current, container };
    if (expected && current !== expected) throw lost(workload, current, expected);
    if (found.spec.paused) {
      throw new StepFailure(
        `Deployment ${label(workload)} is paused; resume it (kubectl rollout resume) and run again`
      );
    }
    wanted = current;
    const at = `/spec/template/spec/containers/${index}`;
    const change = [
      { op: "test", path: `${at}/name`, value: container },
      { op: "test", path: `${at}/image`, value: current },
      { op: "replace", path: `${at}/image`, value: image }
    ];
    try {
      await allowed(kube.patch(path, change, "json", { fieldManager: FIELD_MANAGER }), workload);
      return { state: "replaced", before: current, container };
    } catch (error) {
      const now = await kube.get(path);
      const there = now && containerOf(now).image;
      if (there === image) return { state: "replaced", before: current, container };
      if (!isRace(error) || there === current && attempt2 === TRIES2) throw error;
      if (there !== current) log(`another writer has changed ${label(workload)} to ${there ?? "nothing"} meanwhile`);
      if (attempt2 === TRIES2) throw lost(workload, there ?? "nothing", current);
    }
  }
}
function label({ namespace, deployment }) {
  return `${namespace}/${deployment}`;
}
function isRace(error) {
  return error instanceof KubeError && (error.status === 409 || error.status === 422);
}
function lost(workload, found, expected) {
  return new StepFailure(
    `Deployment ${label(workload)} is being changed by another writer: expected ${expected}, found ${found}; see what writes it, then run again`
  );
}
async function allowed(call, workload) {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof KubeError) || error.status !== 403) throw error;
    throw new StepFailure(
      `this run may not change Deployment ${label(workload)} (${oneLine(error.message)}); allowed: the system's own namespaces`,
      [],
      { cause: error }
    );
  }
}

// steps/watch.ts
async function waitForHealth(kube, workload, { container, image }, { timeout, interval = 250, grace = 5e3, patience = 3e4 }, log) {
  const deadline = Date.now() + timeout;
  const seen = /* @__PURE__ */ new Map();
  const look = lookout(kube, workload, patience, log);
  let progress = "";
  for (; ; ) {
    const { deployment, pods: all } = await look();
    const current = deployment && containerOf(deployment).image;
    if (!deployment || current !== image) return { state: "superseded", image: current };
    if (isHealthy(deployment)) return { state: "healthy", replicas: deployment.spec.replicas ?? 1 };
    const now = Date.now();
    if (progress !== progressOf(deployment)) {
      progress = progressOf(deployment);
      log(progress);
    }
    const pods = podsOf(all, container, image);
    const lasting = remember(seen, troublesOf(deployment, pods), pods, now, log).find(
      ({ since }) => now - since >= grace
    );
    if (lasting) return { state: "unhealthy", reason: lasting.text };
    if (now >= deadline) {
      const why = whyNotReady(pods);
      const event = why.pod && await lastWarning(kube, workload, why.pod);
      const reason = `not healthy within ${timeout / 1e3} s (${progress}): ${why.text}${event ? `: ${event}` : ""}`;
      return { state: "unhealthy", reason };
    }
    await sleep2(Math.min(interval, Math.max(deadline - now, 1)));
  }
}
function remember(seen, troubles, pods, now, log) {
  const present = new Set(troubles.map(({ key }) => key));
  for (const key of seen.keys()) {
    if (!present.has(key) && (isOver(key, pods) || !key.includes("/"))) seen.delete(key);
  }
  return troubles.map(({ key, text: text2 }) => {
    if (!seen.has(key)) log(text2);
    const since = seen.get(key) ?? now;
    seen.set(key, since);
    return { since, text: text2 };
  });
}
function lookout(kube, workload, patience, log) {
  let failingSince;
  let blind = false;
  return async () => {
    for (; ; ) {
      try {
        const deployment = await kube.get(pathOf(workload));
        const pods = deployment && !blind && !isHealthy(deployment) ? await podsIn(deployment) : [];
        failingSince = void 0;
        return { deployment, pods };
      } catch (error) {
        failingSince ??= Date.now();
        const refused = error instanceof KubeError && error.status < 500 && error.status !== 429;
        if (refused || Date.now() - failingSince >= patience) throw error;
        await sleep2(Math.min(500, patience));
      }
    }
  };
  async function podsIn(deployment) {
    try {
      const labelSelector = selectorOf(deployment);
      return await kube.list(`/api/v1/namespaces/${workload.namespace}/pods`, { labelSelector });
    } catch (error) {
      if (!(error instanceof KubeError) || error.status !== 403) throw error;
      blind = true;
      log(`warning: pods can't be looked at, reasons will be missing: ${messageOf(error)}`);
      return [];
    }
  }
}
async function lastWarning(kube, { namespace }, pod) {
  try {
    const fieldSelector = `involvedObject.name=${pod},type=Warning`;
    const events = await kube.list(`/api/v1/namespaces/${namespace}/events`, { fieldSelector });
    const time = (event) => event.lastTimestamp ?? event.eventTime ?? "";
    const [last] = events.sort((a, b) => time(a) < time(b) ? 1 : -1);
    return last?.message && oneLine(last.message).slice(0, 200);
  } catch {
    return void 0;
  }
}

// steps/rollout.ts
async function rollOut(kube, registry, request, times, log) {
  const { repository, digest, commit, stack } = request;
  const built = { registry: request.registry, repository, digest };
  const index = await registry.manifest(built);
  if (!index) {
    throw new StepFailure(`${formatReference(built)} is not in the registry; build it again: start the pipeline anew`);
  }
  const image = formatReference({ ...built, tag: immutableTag(commit, digest) });
  const start = Date.now();
  const replaced = await replaceImage(kube, request, image, log);
  if (replaced.state === "no workload") {
    log(`no Deployment ${label(request)} yet; the next \`pulumi up\` creates it with this digest`);
    return "waiting: no workload yet";
  }
  const { before, container } = replaced;
  log(replaced.state === "same" ? `${label(request)} has ${image} already` : `${label(request)}: ${before} → ${image}`);
  const verdict = await waitForHealth(kube, request, { container, image }, times, log).catch(failed);
  if (verdict.state === "superseded") return superseded(request, verdict.image, log);
  if (verdict.state === "unhealthy") throw await goBack(kube, request, replaced, image, verdict.reason, times, log);
  log(`healthy after ${seconds(start)}: ${verdict.replicas} replicas`);
  const live = { registry: request.registry, repository, tag: liveTag(stack) };
  try {
    await registry.put(live, index.bytes, index.mediaType);
  } catch (error) {
    throw new StepFailure(
      `${label(request)} is healthy with ${shortDigest(digest)}, but ${formatReference(live)} can't be moved to it (${messageOf(error)}); run again before the next \`pulumi up\``
    );
  }
  log(`${formatReference(live)} is now ${digest}`);
  return replaced.state === "same" ? "unchanged: the Deployment had this image already" : "rolled out";
}
async function goBack(kube, request, { state, before, container }, image, reason, times, log) {
  const what = `${label(request)} did not become healthy with ${shortDigest(request.digest)} of commit ${request.commit.slice(0, 12)}: ${reason}`;
  log(what);
  if (state === "same") {
    return new StepFailure(`${what}; it had this image before this run, so there is none to go back to`);
  }
  log(`going back to ${before}`);
  const start = Date.now();
  try {
    const back = await replaceImage(kube, request, before, log, image);
    if (back.state === "no workload") return new StepFailure(`${what}; the Deployment is gone meanwhile`);
    const verdict = await waitForHealth(kube, request, { container, image: before }, times, log);
    if (verdict.state === "superseded") {
      return new StepFailure(`${what}; another writer has set ${verdict.image ?? "nothing"} meanwhile`);
    }
    if (verdict.state === "unhealthy") {
      return new StepFailure(`${what}; gone back to ${before}, which is not healthy either: ${verdict.reason}`);
    }
    log(`healthy again after ${seconds(start)}`);
    return new StepFailure(`${what}; gone back to ${before}, which serves`);
  } catch (error) {
    return new StepFailure(`${what}; going back to ${before} failed: ${messageOf(error)}`);
  }
}
function superseded(request, image, log) {
  const outcome = `superseded: another writer has ${image ? `set ${image}` : "removed the Deployment"}`;
  log(`${label(request)}: ${outcome}; this run changes nothing more`);
  return outcome;
}
function failed(error) {
  return { state: "unhealthy", reason: messageOf(error) };
}

// steps/source.ts
import { realpath, stat } from "node:fs/promises";
import { join as join5, posix as posix2, relative, sep } from "node:path";
async function locate(source, dockerfile, context) {
  return {
    dockerfile: await inside(source, "dockerfile", dockerfile, "file"),
    context: await inside(source, "build-context", context, "folder")
  };
}
async function inside(source, name, path, kind) {
  const root = await realpath(source.folder);
  const at = `at commit ${source.commit.slice(0, 12)}`;
  let real;
  try {
    real = await realpath(join5(root, path));
  } catch {
    throw new StepFailure(`${name} ${path} is not in the repository ${at}; ${candidates(source, path, kind)}`);
  }
  const way = relative(root, real);
  if (way === ".." || way.startsWith(`..${sep}`)) {
    throw new StepFailure(`${name} ${path} leads out of the repository by a symbolic link; allowed: a path inside it`);
  }
  const found = await stat(real);
  if (kind === "file" ? !found.isFile() : !found.isDirectory()) {
    throw new StepFailure(`${name} ${path} is not a ${kind} ${at}; ${candidates(source, path, kind)}`);
  }
  return real;
}
function candidates({ files }, path, kind) {
  const wanted = posix2.normalize(path);
  if (kind === "file") {
    const dockerfiles = files.filter(
      (file) => /dockerfile/i.test(posix2.basename(file)) && !file.endsWith(".dockerignore")
    );
    return `Dockerfiles that exist: ${listNearest(wanted, dockerfiles)}`;
  }
  const folders = [...new Set(files.map((file) => posix2.dirname(file)))];
  return `folders that exist: ${listNearest(wanted, folders)}`;
}

// steps/steps.ts
var STEPS = {
  "fetch-preflight": fetchPreflight,
  "build-publish": buildPublish,
  rollout
};
async function fetchPreflight({ env, log, reporter }) {
  const adopted = reporter.adopt();
  try {
    const params = fetchParams(env);
    const source = await fetchSource({ ...params, env }, log);
    const place = await locate(source, params.dockerfile, params.context);
    const dockerfile = await readFile4(place.dockerfile, "utf8");
    const { aliases } = endpointFor(params.endpoints, params.registry);
    const contexts = await preflightBases(registryClient(params.endpoints), { ...params, aliases, dockerfile }, log);
    const { commit, time } = source;
    await leave(params.work, { commit, time, ...place, contexts, rewriteTimes: declaresEpoch(dockerfile) });
  } finally {
    await adopted;
  }
}
async function buildPublish({ env, log }) {
  const params = buildParams(env);
  const { commit, time, ...place } = await takeOver(params.work);
  const image = `${params.registry}/${params.repository}`;
  log(`building ${image} of commit ${commit} for ${params.platforms.join(" and ")}`);
  const digests = await buildAll({ ...params, ...place, image, epoch: time, env }, log);
  const { digest, reference } = await publish(registryClient(params.endpoints), { ...params, commit, digests }, log);
  await writeResults(env, { digest, commit, reference });
}
async function rollout({ env, log, kube, reporter }) {
  const params = rolloutParams(env);
  const outcome = await rollOut(kube(), registryClient(params.endpoints), params, params, log);
  await writeResults(env, { outcome });
  await reporter.ended(outcome);
}
function registryClient(endpoints) {
  return new RegistryClient({ endpoints, credentials: credentialsFor });
}

// steps/run.ts
var EXIT = { done: 0, failed: 1, parameters: 2, fault: 70 };
async function runStep(name, env, io = {}) {
  const { connect: connect2 = inCluster, stdout, stderr = (line) => process.stderr.write(line) } = io;
  const step = Object.hasOwn(STEPS, name ?? "") ? STEPS[name ?? ""] : void 0;
  if (!step) {
    stderr(`slipway: there is no step "${name ?? ""}"; the steps are ${Object.keys(STEPS).join(", ")}
`);
    return EXIT.parameters;
  }
  const log = makeLog(name, stdout);
  const start = Date.now();
  log("started");
  let connected;
  const kube = () => {
    connected ??= connect2();
    return connected;
  };
  const reporter = makeReporter(runName(env), kube, log);
  try {
    await step({ env, log, kube, reporter });
    log(`done in ${seconds(start)}`);
    return EXIT.done;
  } catch (error) {
    const reason = messageOf(error);
    for (const line of detailsOf(error)) log(line);
    log(`failed after ${seconds(start)}`);
    await reporter.failed(reason);
    stderr(`slipway ${name}: ${reason}
`);
    if (error instanceof ParameterFailure) return EXIT.parameters;
    return isFault(error) ? EXIT.fault : EXIT.failed;
  } finally {
    connected?.close();
  }
}
function detailsOf(error) {
  if (error instanceof StepFailure) return error.details;
  return isFault(error) && error instanceof Error ? (error.stack ?? "").split("\n").slice(1) : [];
}
function isFault(error) {
  return !(error instanceof Error) || [TypeError, ReferenceError, RangeError, SyntaxError].some((type) => error instanceof type);
}

// steps/main.ts
process.umask(18);
process.exit(await runStep(process.argv[2], process.env));
